"""
Mines a planning-token lexicon with sg-mine where the traces lie on many machines:

    spark-submit sg_mine_spark.py hdfs:///traces/ -o hdfs:///lexicon

Spark 3.5 or newer; needs Node.js and sg-mine on every executor and on the driver, and nothing but pyspark. All reading
of records, tokenising and counting is sg-mine's own, as a child process of the tasks; Spark moves bytes and adds rows up:

  1. count       every split of the input → `sg-mine count --shares N`: its tokenised traces, a few hundredths of the text, in
                 N shares of the problems. These are shuffled, so that each share has all traces of its problems.
  2. candidates  each share → `sg-mine merge --candidates`; grams that can reach the floor of the whole, by their hashes
  3. sums        each share → `sg-mine merge --wanted`: exact counts of these; summed up, they are OUT/counts
  4. clusters    the driver judges and clusters, each share → `sg-mine merge --wanted`: exact counts of the clusters
  5. lexicon     the driver writes OUT/grams.json, byte for byte what `sg-mine INPUT...` gives on one machine

Every task's result is a function of its input alone and goes only through Spark's own shuffle, which takes one attempt
of each task: retries, speculation and lost executors cannot count anything twice.
"""

import argparse
import array
import bisect
import collections
import datetime
import decimal
import hashlib
import itertools
import json
import math
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zlib

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

COUNTERS = (
    "problems traces occurrences clause_initial opening closing before_comma before_math early late lavish".split()
)
CLUSTER_COUNTERS = "problems traces occurrences".split()
# Python's side of a shuffle holds up to a thousand records: 128 MB
CHUNK = 128 * 1024
# Files that one process of `count` is given at most
FED_FILES = 1000
TEXT = re.compile(r"\.(jsonl|ndjson)(\.(gz|bz2|zst))?$", re.I)
PARQUET = re.compile(r"\.parquet$", re.I)
ELSEWHERE = re.compile(r"\.(json|traj|csv|tsv)(\.(gz|bz2|zst))?$|\.parquet\.(gz|zst)$", re.I)
ERROR = "sg-mine-spark: "


class Failed(Exception):
    """Something the user can mend: its message is all that is shown."""


# ---------------------------------------------------------------- the tool, on the driver and in tasks


def run_tool(command, args, folder, version=None):
    """Runs sg-mine in `folder`. @throws Failed with what it said on standard error"""
    if version is not None:
        require_version(command, version)
    with Running(command, args, folder) as running:
        return running.finish()


class Running:
    """sg-mine at work in `folder`; it ends with the block, whatever ends that."""

    def __init__(self, command, args, folder, **options):
        self.name, self.said = args[0], tempfile.TemporaryFile()
        env = {**os.environ, "TMPDIR": folder, "NO_COLOR": "1"}
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": self.said, **options}
        self.child = start(command + args, cwd=folder, env=env, **streams)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        if self.child.stdin is not None:
            self.child.stdin.close()
        self.said.close()

    def finish(self, answer=None):
        """Waits for its end, with an `answer` on its standard input; gives what it said. @throws Failed"""
        self.child.communicate(answer)
        status = self.child.returncode
        self.said.seek(0)
        words = self.said.read().decode("utf-8", "replace").strip()
        if status != 0:
            ending = f"exit {status}" if status > 0 else f"killed by signal {-status}: out of memory?"
            raise Failed(f"{ERROR}sg-mine {self.name} failed on {socket.gethostname()} ({ending}): {words[-2000:]}")
        return words


def start(command, **options):
    try:
        return subprocess.Popen(command, **options)
    except OSError as error:
        raise Failed(
            f"{ERROR}{command[0]} cannot be run on {socket.gethostname()} ({error.strerror}); install sg-mine and "
            "Node.js 20 or later on the driver and on every executor, or name the command with --sg-mine"
        ) from None


def version_of(command):
    """What `sg-mine --version` says here. @throws Failed without sg-mine or without Node.js"""
    child = start(command + ["--version"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    out, err = child.communicate()
    if child.returncode == 127:  # env: 'node': No such file or directory
        raise Failed(f"{ERROR}no Node.js on {socket.gethostname()} ({err.decode().strip()}); sg-mine needs 20 or later")
    if child.returncode != 0:
        raise Failed(f"{ERROR}{shlex.join(command)} --version failed on {socket.gethostname()}: {err.decode()[-500:]}")
    return out.decode().strip()


def require_version(command, version):
    """Once in a Python worker. @throws Failed when the tool here is another than the driver's"""
    known = json.dumps([command, version])
    if os.environ.get("SG_MINE_SPARK_CHECKED") == known:
        return
    here = version_of(command)
    if here != version:
        raise Failed(
            f"{ERROR}sg-mine {here} on {socket.gethostname()}, and {version} on the driver; install the same on all"
        )
    os.environ["SG_MINE_SPARK_CHECKED"] = known


class Scratch:
    """A folder on the executor's own disks, where Spark puts its temporary files too."""

    def __enter__(self):
        folders = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")
        self.folder = tempfile.mkdtemp(prefix="sg-mine-", dir=folders[0] or None)
        return self.folder

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)


# ---------------------------------------------------------------- tasks


def count_split(tool, options, shares, most):
    """Records of one split → (share, (file, offset, bytes)): the files that `sg-mine count --shares` writes."""

    def count(split, records):
        records = iter(records)
        for number in itertools.count():
            with Scratch() as folder:
                places, all_read = lay_out(records, os.path.join(folder, "in"), most)
                if places:
                    out = os.path.join(folder, "out")
                    args = ["count", *places, "--shares", str(shares), "-o", out, "-q", *options]
                    run_tool(tool.command, args, folder, tool.version)
                    shutil.rmtree(os.path.join(folder, "in"))
                    for name in sorted(os.listdir(out)):
                        share = int(re.fullmatch(r"share-(\d+)\.parquet", name)[1])
                        with open(os.path.join(out, name), "rb") as opened:
                            for offset, chunk in chunks_of(opened):
                                yield share, (f"{split}-{number}", offset, chunk)
            if all_read:
                return

    return count


def lay_out(records, folder, most):
    """
    Writes records, up to so many bytes, into files named as theirs are, for the name may tell the training step.
    Gives the files, and whether these were all records.
    """
    places, size, last, opened = [], 0, None, None
    try:
        for line, file in records:
            if file != last:
                if opened is not None:
                    opened.close()
                places.append(os.path.join(folder, str(len(places)), *local_name(file)))
                os.makedirs(os.path.dirname(places[-1]))
                opened, last = open(places[-1], "wb"), file
            opened.write(line)
            opened.write(b"\n")
            size += len(line) + 1
            if size >= most or len(places) == FED_FILES:
                return places, False
    finally:
        if opened is not None:
            opened.close()
    return places, True


def chunks_of(opened):
    """A file in pieces, each with its offset."""
    for offset in itertools.count(0, CHUNK):
        chunk = opened.read(CHUNK)
        if not chunk:
            return
        yield offset, chunk


def local_name(uri):
    """The names of a file and its folder, the file's as of JSON lines: what is fed is never packed."""
    folder, name = ([""] + urllib.parse.unquote(uri).split("/"))[-2:]
    stem = re.sub(r"\.(gz|bz2|zst)$", "", name, flags=re.I)
    return folder or "traces", re.sub(r"\.parquet$", "", stem, flags=re.I) + ("" if TEXT.search(stem) else ".jsonl")


# What a share's processes give goes to so many partitions by its gram; facts go to one more, the sample to so many others.
class Ranges:
    def __init__(self, count):
        self.count = count
        self.facts = count
        self.partitions = 2 * count + 1

    def sampled(self, share):
        return self.count + 1 + share % self.count

    def numbers(self):
        return list(range(self.count)), [self.facts], list(range(self.count + 1, self.partitions))


def merged_share(tool, options, chunks, made, *args):
    """Runs `sg-mine merge` on the pieces of one share; gives its facts, and the file `made` for reading."""
    with Scratch() as folder:
        parts = gather(chunks, os.path.join(folder, "parts"))
        if not parts:
            return
        sums = os.path.join(folder, "sums.json")
        args = ["merge", *parts, "-o", os.path.join(folder, made), "--corpus", sums, "-q", *options, *args]
        run_tool(tool.command, args, folder, version=tool.version)
        with open(sums, encoding="utf-8") as opened:
            facts = json.load(opened)
        del facts["problemHashes"]
        yield folder, facts


def find_candidates(tool, options, ranges):
    """The files of one share → (partition, bytes): pairs of hash and sure problems, its facts, its sample."""

    def find(share, chunks):
        for folder, facts in merged_share(tool, options, chunks, "found.bin", "--candidates", "--sample", "sample.jsonl"):
            yield ranges.facts, json.dumps(facts).encode()
            with open(os.path.join(folder, "sample.jsonl"), "rb") as opened:
                for block in blocks_of(opened):
                    yield ranges.sampled(share), block
            pairs = words_of(read(os.path.join(folder, "found.bin")))
            # a share without a row for a gram has it in at most floor - 1 problems; what is more is sure
            sure = array.array("I", (problems - facts["floor"] + 1 for problems in pairs[0::2]))
            hashes = pairs[1::2]
            begin = 0
            for number in range(ranges.count):
                end = bisect.bisect_left(hashes, (number + 1) * 2**32 // ranges.count, begin)
                for at in range(begin, end, CHUNK // 8):
                    last = min(end, at + CHUNK // 8)
                    yield number, bytes_of(hashes[at:last] + sure[at:last])
                begin = end

    return find


def reaching(least):
    """What find_candidates gives → the hashes of the grams that are in at least so many sure problems, as bytes."""

    def reach(blocks):
        sums = {}
        before = sums.get
        for _, block in blocks:
            both = words_of(block)
            half = len(both) // 2
            for gram, sure in zip(both[:half], both[half:]):
                sums[gram] = before(gram, 0) + sure
        yield bytes_of(array.array("I", sorted(gram for gram, sure in sums.items() if sure >= least)))

    return reach


def count_wanted(tool, options, ranges, wanted):
    """The files of one share → (partition, lines): its counts of the wanted grams."""

    def count(_, chunks):
        for folder, _ in with_wanted(tool, options, chunks, wanted, "wanted.bin"):
            lines = collections.defaultdict(list)
            sizes = collections.Counter()
            with open(os.path.join(folder, "rows.jsonl"), "rb") as opened:
                for line in opened:
                    # {"gram":"let me","words":2,…
                    gram = line[: line.index(b'","words":')]
                    number = zlib.crc32(gram) % ranges.count
                    lines[number].append(line)
                    sizes[number] += len(line)
                    if sizes[number] >= CHUNK:
                        yield number, b"".join(lines.pop(number))
                        del sizes[number]
            for number, own in lines.items():
                yield number, b"".join(own)

    return count


def with_wanted(tool, options, chunks, wanted, name):
    with Scratch() as outer:
        path = os.path.join(outer, name)
        with open(path, "wb") as opened:
            opened.write(wanted.value)
        yield from merged_share(tool, options, chunks, "rows.jsonl", "--wanted", path)


def sum_rows(floor):
    """What count_wanted gives → the rows of the grams in enough problems."""

    def total(blocks):
        sums, spelt = {}, {}
        for _, block in blocks:
            for line in block.splitlines():
                row = json.loads(line)
                gram = row["gram"]
                if gram not in sums:
                    sums[gram] = [row["words"]] + [0] * len(COUNTERS)
                    spelt[gram] = collections.Counter()
                own = sums[gram]
                for at, name in enumerate(COUNTERS, 1):
                    own[at] += row[name]
                for text, count in row["spellings"]:
                    spelt[gram][text] += count
        for gram, own in sums.items():
            if own[1] >= floor:
                yield (gram, *own, spellings_json(spelt[gram]))

    return total


def count_clusters(tool, options, wanted):
    """The files of one share → its counts of the clusters, a tuple each."""

    def count(_, chunks):
        for folder, _ in with_wanted(tool, options, chunks, wanted, "wanted.parquet"):
            with open(os.path.join(folder, "rows.jsonl"), "rb") as opened:
                for line in opened:
                    row = json.loads(line)
                    yield row["cluster"], [row[name] for name in CLUSTER_COUNTERS]

    return count


def read(path):
    with open(path, "rb") as opened:
        return opened.read()


def blocks_of(lines):
    """Lines put together to some size."""
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def words_of(data):
    """Unsigned 32-bit numbers, the lowest byte first."""
    words = array.array("I", data)
    if sys.byteorder == "big":
        words.byteswap()
    return words


def bytes_of(words):
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()


def gather(chunks, folder):
    """Writes pieces of files in whatever order they come; gives the files' names, sorted."""
    os.mkdir(folder)
    names = set()
    for _, (name, offset, data) in chunks:
        path = os.path.join(folder, f"{name}.parquet")
        with open(path, "r+b" if path in names else "wb") as opened:
            opened.seek(offset)
            opened.write(data)
        names.add(path)
    return sorted(names)


def row_json(rows):
    """Rows of Parquet → JSON as sg-mine reads them itself."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for row in rows:
        value = {name: plain(row.value[name]) for name in row.value.__fields__}
        yield json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"), row.file


def plain(value, depth=0):
    """Whole numbers, texts for dates and for numbers that a double does not hold, bytes that are text: as src/traces/files/rows.ts."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        if not value.is_finite():
            return None
        if value == value.to_integral_value():
            return plain(int(value))
        return float(value) if decimal.Decimal(repr(float(value))) == value else format(value.normalize(), "f")
    if isinstance(value, (datetime.datetime, datetime.date)):
        moment = value if isinstance(value, datetime.datetime) else datetime.datetime(value.year, value.month, value.day)
        digits = 3 if moment.microsecond % 1000 == 0 else 6
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06}"[:digits] + "Z"
    if depth > 50:
        return None
    if isinstance(value, (bytes, bytearray)):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return None
    if isinstance(value, Row):
        return {name: plain(value[name], depth + 1) for name in value.__fields__}
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    return [plain(item, depth + 1) for item in value]


def spellings_json(counts):
    """Spellings and how often they stand → JSON, most frequent first, then as JavaScript compares texts."""
    in_order = sorted(counts.items(), key=lambda item: (-item[1], item[0].encode("utf-16-be", "surrogatepass")))
    return json.dumps(in_order, ensure_ascii=False, separators=(",", ":"))


# ---------------------------------------------------------------- the driver


class Tool:
    """sg-mine as the driver has it."""

    def __init__(self, command):
        self.command = command
        self.version = version_of(command)


class Files:
    """Files of any Hadoop file system, from the driver."""

    def __init__(self, spark):
        self.path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path
        self.conf = spark.sparkContext._jsc.hadoopConfiguration()

    def open(self, name):
        path = self.path(name)
        return path.getFileSystem(self.conf), path

    def exists(self, name):
        system, path = self.open(name)
        return system.exists(path)

    def remove(self, name):
        system, path = self.open(name)
        system.delete(path, True)

    def fetch(self, name, place):
        system, path = self.open(name)
        system.copyToLocalFile(False, path, self.path(f"file://{place}"), True)

    def put(self, place, name):
        """Under its name only when it is whole."""
        system, path = self.open(name)
        beside, target = self.open(f"{name}._temporary")[1], path
        system.copyFromLocalFile(False, True, self.path(f"file://{place}"), beside)
        if not system.rename(beside, target):
            raise Failed(f"{ERROR}cannot write {name}: it is there already, or its folder cannot be written to")

    def inputs(self, names):
        """Files, folders and globs → the files to read, [(name, bytes)]; each once."""
        found = {}
        for name in names:
            system, path = self.open(name)
            statuses = system.globStatus(path)
            if not statuses:
                raise Failed(f"{ERROR}{name}: no such file or folder")
            for status in statuses:
                if status.isFile():
                    self.take(found, status, named=True)
                    continue
                below = system.listFiles(status.getPath(), True)
                root = status.getPath().toUri().getPath()
                while below.hasNext():
                    file = below.next()
                    inner = file.getPath().toUri().getPath()[len(root) :]
                    if not any(part[:1] in ("_", ".") for part in inner.strip("/").split("/")):
                        self.take(found, file, named=False)
        if not found:
            raise Failed(f"{ERROR}{', '.join(names)}: no .jsonl, .ndjson or .parquet file there")
        return sorted(found.items())

    def take(self, found, status, named):
        name = status.getPath().toString()
        if TEXT.search(name) or PARQUET.search(name):
            found[name] = status.getLen()
        elif named or ELSEWHERE.search(name):
            raise Failed(f"{ERROR}{name}: only JSON lines (.jsonl, .ndjson, also .gz) and .parquet can be split; convert it")


def records_of(spark, files):
    """An RDD of (bytes of one JSON record, name of its file)."""
    # names of files are no globs, whatever brackets are in them
    names = [(name, re.sub(r"([][{}*?\\])", r"\\\1", name)) for name, _ in files]
    texts = [escaped for name, escaped in names if TEXT.search(name)]
    tables = [escaped for name, escaped in names if PARQUET.search(name)]
    rdds = []
    if texts:
        # the bytes as they are: lines end at LF alone, and invalid UTF-8 stays so
        lines = spark.read.option("lineSep", "\n").text(texts)
        lines = lines.select(F.col("value").cast("binary").alias("value"), F.input_file_name().alias("file"))
        rdds.append(lines.rdd.map(tuple))
    if tables:
        rows = spark.read.option("mergeSchema", "true").parquet(*tables)
        rows = rows.select(F.struct(*[f"`{name}`" for name in rows.columns]).alias("value"), F.input_file_name().alias("file"))
        rdds.append(rows.rdd.mapPartitions(row_json))
    return rdds[0] if len(rdds) == 1 else spark.sparkContext.union(rdds)


def sum_facts(parts):
    """The sums over the corpus of disjoint parts."""

    def total(key):
        return sum(part["corpus"][key] for part in parts)

    def total_by_name(key):
        names = sorted({name for part in parts for name in part["corpus"][key]})
        return {name: sum(part["corpus"][key].get(name, 0) for part in parts) for name in names}

    digest = sum(int(part["corpus"]["digest"] or "0", 16) for part in parts) % 2**256
    corpus = {
        "records": total("records"),
        "successful": total("successful"),
        "words": total("words"),
        "skipped": total_by_name("skipped"),
        "fields": total_by_name("fields"),
        "digest": f"{digest:064x}",
        "problems": total("problems"),
    }
    return {**parts[0], "corpus": corpus, "lostWords": sum(part["lostWords"] for part in parts)}


def rows_sum(rows):
    """The check sum of a file of counts, over the rows as they were written: as src/counts/file.ts."""
    row = F.concat_ws("\t", "gram", *COUNTERS, "spellings")
    own = F.conv(F.substring(F.sha2(row, 256), 1, 8), 16, 10).cast("bigint")
    count, total = rows.agg(F.count(own), F.sum(own)).first()
    return {"count": count, "sum": (total or 0) % 2**32}


def sealed(facts):
    """Facts as JSON, with its own SHA-256 as the last key."""
    text = json.dumps(facts, ensure_ascii=False)[:-1]
    return f'{text},"seal":"{hashlib.sha256(text.encode()).hexdigest()[:32]}"}}'


def mine(spark, options):
    """Runs the whole job. A job that fails removes what it has made of OUT. @throws Failed"""
    files = Files(spark)
    out = options.output.rstrip("/")
    if files.exists(out):
        raise Failed(f"{ERROR}{out} is there already; name another folder with -o, or remove it")
    try:
        mine_into(out, spark, files, options)
    except BaseException:
        try:
            files.remove(out)
        except Exception as error:
            print(f"{ERROR}could not remove the unfinished {out}: {error}", file=sys.stderr)
        raise
    finally:
        spark.sparkContext.setJobDescription(None)


def mine_into(out, spark, files, options):
    context = spark.sparkContext
    tool = Tool(options.command)
    # as one machine reads them
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.caseSensitive", "true")
    spark.conf.set("spark.sql.parquet.inferTimestampNTZ.enabled", "false")
    # every split makes a file for every share: a few large ones rather than many of Spark's 128 MB
    if not context.getConf().contains("spark.sql.files.maxPartitionBytes"):
        spark.conf.set("spark.sql.files.maxPartitionBytes", str(2**30))
    inputs = files.inputs(options.input)
    shares = options.parts or default_parts(sum(size for _, size in inputs), context.defaultParallelism)
    threads = ["--threads", context.getConf().get("spark.task.cpus", "1"), "--memory", str(options.memory)]
    ranges = Ranges(min(shares, context.defaultParallelism))

    def stage(name):
        context.setJobDescription(f"sg-mine: {name}")

    with tempfile.TemporaryDirectory(prefix="sg-mine-") as local:
        stage("count")
        # a process takes a split, and of what is packed so much at a time: it lies on the executor's disk
        most = 2 * spark._jsparkSession.sessionState().conf().filesMaxPartitionBytes()
        pieces = records_of(spark, inputs).mapPartitionsWithIndex(
            count_split(tool, [*options.count_options, *threads], shares, most)
        )
        by_share = pieces.partitionBy(shares, int)

        stage("candidates")
        # what reaches M problems reaches M / N in at least one of N shares
        asked = options.min_problems
        own_floor = [] if asked is None else ["--min-problems", str(-(-asked // shares))]
        of_ranges, of_facts, of_sample = ranges.numbers()
        found = by_share.mapPartitionsWithIndex(find_candidates(tool, threads + own_floor, ranges))
        found = found.partitionBy(ranges.partitions, int)
        facts = [json.loads(text) for text in context.runJob(found, values_of, of_facts)]
        if not facts:
            raise Failed(f"{ERROR}{', '.join(options.input)}: no records there")
        # whatever order they came in
        facts.sort(key=lambda part: json.dumps(part, sort_keys=True))
        whole = sum_facts(facts)
        floor = asked if asked is not None else max(3, -(-whole["corpus"]["problems"] * 3 // 1000))
        missing = sum(part["floor"] - 1 for part in facts)
        hashes = b"".join(context.runJob(found, reaching(floor - missing), of_ranges))
        wanted = context.broadcast(b"sg-grams" + hashes)
        sample = os.path.join(local, "sample.jsonl")
        with open(sample, "wb") as opened:
            opened.writelines(sampled_lines(context, found, of_sample))

        stage("sums")
        rows = by_share.mapPartitionsWithIndex(count_wanted(tool, threads, ranges, wanted))
        sums = rows.partitionBy(ranges.count, int).mapPartitions(sum_rows(floor))
        schema = "gram string, words bigint, " + "".join(f"{name} bigint, " for name in COUNTERS) + "spellings string"
        spark.createDataFrame(sums, schema, verifySchema=False).write.parquet(f"{out}/counts")
        wanted.unpersist()
        note = os.path.join(local, "_corpus.json")
        with open(note, "w", encoding="utf-8") as opened:
            opened.write(sealed({**whole, "floor": floor, "rows": rows_sum(spark.read.parquet(f"{out}/counts"))}))
        files.put(note, f"{out}/counts/_corpus.json")

        stage("clusters")
        counts, chosen, lexicon = (os.path.join(local, name) for name in ("counts", "chosen.parquet", "grams.json"))
        files.fetch(f"{out}/counts", counts)
        finish = ["mine", "--counts", counts, "--sample", sample, "-o", lexicon, *options.mine_options]
        finish += ["--wanted", chosen, "--cluster-counts", "-"]
        # it asks for the clusters' counts, and waits for them on its standard input
        with Running(tool.command, finish, local, stdin=subprocess.PIPE) as running:
            while not os.path.exists(chosen) and running.child.poll() is None:
                time.sleep(0.05)
            answer = None
            if os.path.exists(chosen):
                wanted = context.broadcast(read(chosen))
                clusters = by_share.mapPartitionsWithIndex(count_clusters(tool, threads, wanted)).collect()
                answer = cluster_lines(clusters)
            stage("lexicon")
            print(running.finish(answer), file=sys.stderr)
        files.put(lexicon, f"{out}/grams.json")


def values_of(pairs):
    return [value for _, value in pairs]


def cluster_lines(rows):
    """Counts of clusters in all shares → their sums as JSON lines."""
    sums = {}
    for cluster, counts in rows:
        sums[cluster] = [a + b for a, b in zip(sums.get(cluster, [0] * len(counts)), counts)]
    lines = (json.dumps({"cluster": one, **dict(zip(CLUSTER_COUNTERS, sums[one]))}) + "\n" for one in sorted(sums))
    return "".join(lines).encode()


# as src/grams/sample.ts
SAMPLE_UNITS = 2**24
# ranks have 32 bits
BUCKETS = 2**20


def sampled_lines(context, found, partitions):
    """Of the shares' samples, the traces of the lowest ranks up to SAMPLE_UNITS and some more; sg-mine cuts them."""

    def sizes(blocks):
        units = collections.Counter()
        for line in lines_in(blocks):
            trace = json.loads(line)
            units[bucket_of(trace)] += trace["units"]
        return list(units.items())

    total = collections.Counter()
    for bucket, units in context.runJob(found, sizes, partitions):
        total[bucket] += units
    last = units = 0
    for last in sorted(total):
        units += total[last]
        if units >= SAMPLE_UNITS:
            break
    below = context.runJob(
        found, lambda blocks: [line for line in lines_in(blocks) if bucket_of(json.loads(line)) <= last], partitions
    )
    return sorted(line + b"\n" for line in below)


def lines_in(blocks):
    for _, block in blocks:
        yield from block.split(b"\n")[:-1]


def bucket_of(trace):
    return trace["rank"] * BUCKETS >> 32


def default_parts(size, parallelism):
    """Eight gigabytes a share, and work for all cores where that leaves a share 64 MB."""
    return max(1, min(-(-size // 2**26), max(parallelism, -(-size // 2**33))))


def options_of(args):
    parser = argparse.ArgumentParser(
        prog="sg_mine_spark.py", description="Traces on many machines → OUT/grams.json, and OUT/counts for sg-mine --counts."
    )
    parser.add_argument("input", nargs="+", help=".jsonl, .ndjson (also .gz) or .parquet; folders, globs")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="folder that is made")
    parser.add_argument("--parts", type=int, help="shares of the problems (default: 8 GB of input each, or one a core)")
    parser.add_argument("--sg-mine", default="sg-mine", help="command of the tool (default: sg-mine)")
    parser.add_argument("--memory", type=int, default=512, help="MB for the counting tables of a task (512)")
    counting = parser.add_argument_group("as for sg-mine count")
    mining = parser.add_argument_group("as for sg-mine mine")
    passed = [(counting, name) for name in ("text-field", "problem-field", "success-field", "success-threshold")]
    passed += [(mining, name) for name in ("preset", "min-n", "max-n", "min-problems", "clusters", "top")]
    passed += [(mining, name) for name in ("max-per-trace", "min-weight", "max-entries", "seed")]
    for group, name in passed:
        group.add_argument(f"--{name}", type=int if name == "min-problems" else str)
    for name in ("all", "strict"):
        counting.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args(args)
    for name, least in (("parts", 1), ("memory", 1), ("min_problems", 1)):
        if getattr(options, name) is not None and getattr(options, name) < least:
            parser.error(f"--{name.replace('_', '-')}: expecting {least} or more")
    options.command = shlex.split(options.sg_mine)

    def given(group):
        names = [name for of, name in passed if of is group]
        values = [(name, getattr(options, name.replace("-", "_"))) for name in names]
        return [word for name, value in values if value is not None for word in (f"--{name}={value}",)]

    options.mine_options = given(mining)
    options.count_options = given(counting) + [f"--{name}" for name in ("all", "strict") if getattr(options, name)]
    if options.max_n is not None:
        options.count_options.append(f"--max-n={options.max_n}")
    return options


def what_failed(error):
    """What a task said that the user can mend, out of Spark's report."""
    found = re.search(rf"{ERROR}.*(?:\n(?!\s*at |Traceback|\n).*)*", str(error))
    return found and found[0]


def main(args):
    options = options_of(args)
    # as an interrupt: what is unfinished goes
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    spark = SparkSession.builder.appName("sg-mine").getOrCreate()
    try:
        mine(spark, options)
    except Exception as error:
        message = what_failed(error)
        if message is None:
            raise
        print(message, file=sys.stderr)
        sys.exit(3)
    finally:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
