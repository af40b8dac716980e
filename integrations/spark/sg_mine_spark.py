"""
Mines a planning-token lexicon with sg-mine where the traces lie on many machines:

    spark-submit sg_mine_spark.py hdfs:///traces/ -o hdfs:///lexicon

Spark 3.5 or newer; needs Node.js and sg-mine on every executor and on the driver, and nothing but pyspark. All reading
of records, tokenising and counting is sg-mine's own, as a child process of the tasks; Spark moves bytes and adds rows up:

  1. count       every split of the input → `sg-mine count --shares N`: its tokenised traces, a few hundredths of the text, in
                 N shares of the problems. These are shuffled, so that each share has all traces of its problems.
  2. candidates  each share → `sg-mine merge --candidates`; grams that can reach the floor of the whole
  3. sums        each share → `sg-mine merge --wanted`: exact counts of these; summed up, they are OUT/counts
  4. clusters    the driver embeds and clusters, each share → `sg-mine merge --wanted`: exact counts of the clusters
  5. lexicon     the driver writes OUT/grams.json, byte for byte what `sg-mine INPUT...` gives on one machine

Every task's result is a function of its input alone and goes only through Spark's own shuffle, which takes one attempt
of each task: retries, speculation and lost executors cannot count anything twice.
"""

import argparse
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
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

COUNTERS = (
    "problems traces occurrences clause_initial opening closing before_comma before_math early late lavish".split()
)
CLUSTER_COUNTERS = "problems traces occurrences".split()
# Python's side of a shuffle holds up to a thousand records: 128 MB
CHUNK = 128 * 1024
TEXT = re.compile(r"\.(jsonl|ndjson)(\.(gz|bz2|zst))?$", re.I)
PARQUET = re.compile(r"\.parquet$", re.I)
ELSEWHERE = re.compile(r"\.(json|traj|csv|tsv)(\.(gz|bz2|zst))?$|\.parquet\.(gz|zst)$", re.I)
ERROR = "sg-mine-spark: "


class Failed(Exception):
    """Something the user can mend: its message is all that is shown."""


# ---------------------------------------------------------------- the tool, on the driver and in tasks


def run_tool(command, args, folder, feed=None, version=None):
    """
    Runs sg-mine in `folder`, with the lines of `feed` as its standard input, one at a time.
    @throws Failed with what it said on standard error
    """
    if version is not None:
        require_version(command, version)
    with tempfile.TemporaryFile() as said:
        env = {**os.environ, "TMPDIR": folder, "NO_COLOR": "1"}
        source = subprocess.PIPE if feed is not None else subprocess.DEVNULL
        child = start(command + args, stdin=source, stdout=subprocess.DEVNULL, stderr=said, cwd=folder, env=env)
        try:
            if feed is not None:
                try:
                    for line in feed:
                        child.stdin.write(line)
                        child.stdin.write(b"\n")
                    child.stdin.close()
                except BrokenPipeError:
                    pass  # it has ended, and says below why
            status = child.wait()
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        said.seek(0)
        words = said.read().decode("utf-8", "replace").strip()
    if status != 0:
        ending = f"exit {status}" if status > 0 else f"killed by signal {-status}: out of memory?"
        raise Failed(f"{ERROR}sg-mine {args[0]} failed on {socket.gethostname()} ({ending}): {words[-2000:]}")
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


def count_split(tool, options, shares):
    """Records of one split → (share, (file, offset, bytes)): the files that `sg-mine count --shares` writes."""

    def count(split, records):
        # a record's file may tell its training step: each goes into a process that sees its name
        for number, (file, own) in enumerate(itertools.groupby(records, key=lambda record: record[1])):
            with Scratch() as folder:
                place = os.path.join(folder, "in", *local_name(file))
                os.makedirs(os.path.dirname(place))
                os.symlink("/dev/stdin", place)
                out = os.path.join(folder, "out")
                args = ["count", place, "--shares", str(shares), "-o", out, "-q", *options]
                run_tool(tool.command, args, folder, (bytes(line) for line, _ in own), tool.version)
                for name in sorted(os.listdir(out)):
                    share = int(re.fullmatch(r"share-(\d+)\.parquet", name)[1])
                    with open(os.path.join(out, name), "rb") as opened:
                        for offset in itertools.count(0, CHUNK):
                            chunk = opened.read(CHUNK)
                            if not chunk:
                                break
                            yield share, (f"{split}-{number}", offset, chunk)

    return count


def local_name(uri):
    """The names of a file and its folder, the file's as of JSON lines: what is fed is never packed."""
    folder, name = ([""] + urllib.parse.unquote(uri).split("/"))[-2:]
    stem = re.sub(r"\.(gz|bz2|zst)$", "", name, flags=re.I)
    return folder or "traces", re.sub(r"\.parquet$", "", stem, flags=re.I) + ("" if TEXT.search(stem) else ".jsonl")


def merge_share(tool, options, wanted=None):
    """The files of one share → (floor, facts, row, sampled trace), one of the last three, as `sg-mine merge` writes rows and the sample."""

    def merge(share, chunks):
        with Scratch() as folder:
            parts = gather(chunks, os.path.join(folder, "parts"))
            if not parts:
                return
            rows, sums = os.path.join(folder, "rows.jsonl"), os.path.join(folder, "sums.json")
            args = ["merge", *parts, "-o", rows, "--corpus", sums, "-q", *options]
            sample = os.path.join(folder, "sample.jsonl")
            if wanted is None:
                args += ["--candidates", "--sample", sample]
            else:
                path = os.path.join(folder, "wanted.parquet")
                with open(path, "wb") as opened:
                    opened.write(wanted.value)
                args += ["--wanted", path]
            run_tool(tool.command, args, folder, version=tool.version)
            with open(sums, encoding="utf-8") as opened:
                facts = json.load(opened)
            del facts["problemHashes"]
            if wanted is None:
                yield facts["floor"], json.dumps(facts), None, None
                with open(sample, encoding="utf-8") as opened:
                    for line in opened:
                        yield facts["floor"], None, None, line
            with open(rows, encoding="utf-8") as opened:
                for line in opened:
                    yield facts["floor"], None, line, None

    return merge


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


def spellings_json(lists):
    """Spellings of all shares, [text, count] each → JSON, most frequent first, then as JavaScript compares texts."""
    counts = {}
    for text, count in lists:
        counts[text] = counts.get(text, 0) + int(count)
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
    """Runs the whole job. @throws Failed"""
    context, files = spark.sparkContext, Files(spark)
    tool = Tool(options.command)
    out = options.output.rstrip("/")
    if files.exists(out):
        raise Failed(f"{ERROR}{out} is there already; name another folder with -o, or remove it")
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

    def stage(name):
        context.setJobDescription(f"sg-mine: {name}")

    def table(rows, names, wanted):
        """Rows that the shares' processes write, of these whole numbers beside the first column."""
        merged = by_share.mapPartitionsWithIndex(merge_share(tool, threads, wanted))
        frame = spark.createDataFrame(merged, "floor bigint, facts string, row string, sampled string")
        columns = ", ".join(f"{name} bigint" for name in names)
        return frame.select("floor", "facts", "sampled", F.from_json("row", f"{rows}, {columns}").alias("row"))

    with tempfile.TemporaryDirectory(prefix="sg-mine-") as local:
        work = f"{out}/_work"
        stage("count")
        pieces = records_of(spark, inputs).mapPartitionsWithIndex(
            count_split(tool, [*options.count_options, *threads], shares)
        )
        by_share = pieces.partitionBy(shares, lambda share: share)

        stage("candidates")
        # what reaches M problems reaches M / N in at least one of N shares
        asked = options.min_problems
        if asked is not None:
            threads += ["--min-problems", str(-(-asked // shares))]
        found = table("gram string", ["problems"], None).persist()
        facts = [json.loads(row.facts) for row in found.where("facts is not null").select("facts").collect()]
        if not facts:
            raise Failed(f"{ERROR}{', '.join(options.input)}: no records there")
        whole = sum_facts(facts)
        floor = asked if asked is not None else max(3, -(-whole["corpus"]["problems"] * 3 // 1000))
        # a share without a row for a gram has it in at most floor - 1 problems
        missing = sum(part["floor"] - 1 for part in facts)
        candidates = (
            found.where("row is not null")
            .groupBy(F.col("row.gram").alias("gram"))
            .agg(F.sum(F.expr("row.problems - (floor - 1)")).alias("sure"))
            .where(F.col("sure") >= floor - missing)
            .select("gram")
        )
        wanted = broadcast_table(context, files, candidates, f"{work}/candidates", local)
        sample = os.path.join(local, "sample.jsonl")
        with open(sample, "w", encoding="utf-8") as opened:
            opened.writelines(sampled_lines(found.where("sampled is not null").select("sampled")))
        found.unpersist()

        stage("sums")
        rows = table("gram string, words bigint, spellings array<array<string>>", COUNTERS, wanted).select("row.*")
        sums = (
            rows.groupBy("gram")
            .agg(
                F.max("words").alias("words"),
                *[F.sum(name).alias(name) for name in COUNTERS],
                F.flatten(F.collect_list("spellings")).alias("spellings"),
            )
            .where(F.col("problems") >= floor)
            .withColumn("spellings", F.udf(spellings_json, "string")("spellings"))
        )
        sums.write.parquet(f"{out}/counts")
        wanted.unpersist()
        note = os.path.join(local, "_corpus.json")
        with open(note, "w", encoding="utf-8") as opened:
            opened.write(sealed({**whole, "floor": floor, "rows": rows_sum(spark.read.parquet(f"{out}/counts"))}))
        files.put(note, f"{out}/counts/_corpus.json")

        stage("clusters")
        counts, chosen, lexicon = (os.path.join(local, name) for name in ("counts", "chosen.parquet", "grams.json"))
        files.fetch(f"{out}/counts", counts)
        finish = ["mine", "--counts", counts, "--sample", sample, "-o", lexicon, *options.mine_options]
        run_tool(tool.command, [*finish, "--wanted", chosen, "-q"], local)
        if os.path.exists(chosen):
            with open(chosen, "rb") as opened:
                wanted = context.broadcast(opened.read())
            clusters = table("cluster bigint", CLUSTER_COUNTERS, wanted).select("row.*")
            clusters = clusters.groupBy("cluster").agg(*[F.sum(name).alias(name) for name in CLUSTER_COUNTERS])
            clusters.coalesce(1).write.parquet(f"{work}/clusters")
            files.fetch(f"{work}/clusters", os.path.join(local, "clusters"))
            stage("lexicon")
            finish += ["--cluster-counts", os.path.join(local, "clusters")]
            print(run_tool(tool.command, finish, local), file=sys.stderr)
        files.put(lexicon, f"{out}/grams.json")
        files.remove(work)
    context.setJobDescription(None)


# as src/grams/sample.ts
SAMPLE_UNITS = 2**24
# ranks have 32 bits
BUCKETS = 2**20


def sampled_lines(lines):
    """Of the shares' samples, the traces of the lowest ranks up to SAMPLE_UNITS and some more; sg-mine cuts them."""
    traces = lines.select("sampled", F.from_json("sampled", "rank bigint, units bigint").alias("of"))
    traces = traces.select("sampled", "of.units", F.expr(f"of.rank div {2**32 // BUCKETS}").alias("bucket"))
    last = units = 0
    for last, sum_of in sorted(traces.groupBy("bucket").agg(F.sum("units")).collect()):
        units += sum_of
        if units >= SAMPLE_UNITS:
            break
    return sorted(row.sampled for row in traces.where(F.col("bucket") <= last).select("sampled").collect())


def broadcast_table(context, files, frame, name, local):
    """The rows as the bytes of one Parquet file, for `sg-mine --wanted` in every task."""
    frame.coalesce(1).write.parquet(name)
    place = os.path.join(local, os.path.basename(name))
    files.fetch(name, place)
    part = next(file for file in sorted(os.listdir(place)) if re.fullmatch(r"[^_.].*\.parquet", file))
    with open(os.path.join(place, part), "rb") as opened:
        return context.broadcast(opened.read())


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
