"""
The Spark job against sg-mine on one machine: the same lexicon, byte for byte, on a cluster of two worker processes of
this machine. `check-spark.py fixtures` takes small traces of every awkward kind and makes tasks fail; `check-spark.py
data` takes skythought and zeroeval from SG_MINE_DATA (default ../shared) in 16 shares, once as it is and once with an
executor killed, and prints what each stage took. Ends with "N passed, N failed, N skipped".
"""

import collections
import datetime
import decimal
import gzip
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
JOB = os.path.join(ROOT, "integrations/spark/sg_mine_spark.py")
BIN = os.path.join(ROOT, "bin/sg-mine.js")
sys.path.insert(0, os.path.dirname(JOB))
os.environ["PYSPARK_PYTHON"] = sys.executable

from pyspark.sql import SparkSession  # noqa: E402

import sg_mine_spark as job  # noqa: E402

folder = tempfile.mkdtemp(prefix="check-spark-")
results = collections.Counter()


def at(*names):
    return os.path.join(folder, *names)


def check(name, good, why=""):
    results["passed" if good else "failed"] += 1
    print(f"{'ok' if good else 'FAILED'}: {name}{'' if good else f': {why}'}", flush=True)


def write(name, data):
    os.makedirs(os.path.dirname(at(name)), exist_ok=True)
    with (gzip.open if name.endswith(".gz") else open)(at(name), "wb") as opened:
        opened.write(data)
    return at(name)


def read(name):
    with open(name, "rb") as opened:
        return opened.read()


def command(script):
    """A shell script that stands for the tool; $TOOL is the tool itself."""
    path = at(f"sg-mine-{len(os.listdir(folder))}")
    with open(path, "w", encoding="utf-8") as opened:
        opened.write(f"#!/bin/sh\nTOOL={shlex.quote(BIN)}\n{script}\n")
    os.chmod(path, 0o755)
    return path


def single(name, *args):
    """What the tool makes of the same traces on this machine alone."""
    began, used = time.monotonic(), cpu_seconds()
    subprocess.run(["node", BIN, *args, "-q", "-o", at(name)], check=True, cwd=folder)
    took, used = time.monotonic() - began, cpu_seconds() - used
    print(f"sg-mine on one machine: {took:.1f} s, {used:.1f} s of processors", flush=True)
    return read(at(name)), took, used


def cpu_seconds():
    """User and system time of this process and of all below it, those that have ended included."""
    parents, own = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = read(f"/proc/{pid}/stat").decode().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(pid)] = int(words[1])
        own[int(pid)] = sum(map(int, words[11:15])) / os.sysconf("SC_CLK_TCK")

    def is_below(pid):
        return pid == os.getpid() or (pid in parents and is_below(parents[pid]))

    return sum(used for pid, used in own.items() if is_below(pid))


def start_spark(**settings):
    quiet = write(
        "log4j2.properties",
        b"rootLogger.level=off\nrootLogger.appenderRef.c.ref=c\nappender.c.type=Console\nappender.c.name=c\n"
        b"appender.c.layout.type=PatternLayout\n",
    )
    java = f"-Dlog4j2.configurationFile=file:{quiet} -XX:TieredStopAtLevel=1"
    os.makedirs(at("events"), exist_ok=True)
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("check-spark")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": java,
        "spark.executor.extraJavaOptions": java,
        "spark.local.dir": at("local"),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file:{at('events')}",
        "spark.sql.shuffle.partitions": "2",
        **settings,
    }.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.addPyFile(JOB)
    return spark


def run(spark, out, *args):
    """The job in this session. Gives the lexicon's bytes."""
    job.mine(spark, job.options_of([*args, "-o", f"file:{at(out)}"]))
    return read(at(out, "grams.json"))


def kill_executor(spark, description, done):
    """kill -9 one executor once `done` tasks of a stage of the job so described have ended; then "killed" is in what it gives."""
    context = spark.sparkContext

    def executors():
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = read(f"/proc/{pid}/cmdline").decode().split("\0")
            except OSError:
                continue
            if any(w.endswith("CoarseGrainedExecutorBackend") for w in words) and context.applicationId in words:
                yield int(pid)

    def watch():
        tracker = context.statusTracker()
        while True:
            for stage in map(tracker.getStageInfo, tracker.getActiveStageIds()):
                if stage and stage.numCompletedTasks >= done and described["now"] == f"sg-mine: {description}":
                    described["killed"] = next(executors())
                    os.kill(described["killed"], signal.SIGKILL)
                    return
            time.sleep(0.02)

    described = {"now": ""}
    original = context.setJobDescription

    def describe(text):
        described["now"] = text or ""
        original(text)

    context.setJobDescription = describe
    threading.Thread(target=watch, daemon=True).start()
    return described


def events():
    for name in os.listdir(at("events")):
        with open(at("events", name), encoding="utf-8") as opened:
            yield from map(json.loads, opened)


def lost_executors():
    return sum(event["Event"] == "SparkListenerExecutorRemoved" for event in events())


# ---------------------------------------------------------------- fixtures


def fixture_lines():
    lines = read(os.path.join(ROOT, "fixtures/traces.jsonl")).splitlines()
    for i in range(12):
        text = f"Wait, {'ab' * 50}, let me check. Hmm `x`, so {'q' * 99} let me check. 数学很有趣，我们需要找到答案。"
        lines.append(json.dumps({"problem_id": f"long-{i % 7}", "trace": text, "correct": True}).encode())
    text = "So, let me check. Wait, I need to think about it. Let me double-check.\x85"
    # several problems in one record, line breaks that are none of JSON lines, escapes, no problem, bad bytes, no JSON
    many = {"prompt": ["p1", "p2", "p3"], "completion": [text, text + " Hmm.", "Wait. " + text], "correct": [True] * 3}
    lines.append(json.dumps(many).encode())
    lines.append(b'{"problem_id": "cr",\r"trace": "Let me check.\xe2\x80\xa8Wait, let me see.", "correct": true}\r')
    lines.append(json.dumps({"trace": text, "correct": True}).encode())
    lines.append(b'{"problem_id": 1.0, "trace": "Wait, let me check that \\ud83d\\ude00 \\/ again.", "correct": 1}')
    lines += [b'{"problem_id": "x", "trace": "bad \xff\xfe bytes", "correct": true}', b"{broken", b"", b"[]", b"  "]
    return lines


def write_fixtures():
    lines = fixture_lines()
    third = len(lines) // 3
    write("in/one.jsonl", b"\n".join(lines[:third]))
    write("in/sub/two.jsonl.gz", b"\n".join(lines[third : 2 * third]) + b"\n")
    write("in/sub/three.ndjson", b"\n".join(lines[2 * third :]) + b"\n")
    # only the file's name tells which of these is its success
    stepped = [
        {"question_id": f"q{i}", "output": "Wait, let me check. So I need to see.", "100_correct": i % 2, "200_correct": 1}
        for i in range(6)
    ]
    write("in/global step_100/300.jsonl", b"\n".join(json.dumps(r).encode() for r in stepped[:1]))
    write("in/global step_100/part [a] 100%.jsonl", b"\n".join(json.dumps(r).encode() for r in stepped))
    write("in/_SUCCESS", b"")


def write_parquet(spark):
    rows = []
    for i, line in enumerate(fixture_lines()):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("trace"), str):
            rows.append(
                (
                    str(record.get("problem_id", "")),
                    [("user", "Find it."), ("assistant", record["trace"])],
                    bool(record.get("correct")),
                    2**53 + i if i % 2 else None,
                    0.1 * i,
                    decimal.Decimal(f"{i}.25"),
                    datetime.datetime(2024, 3, 31, 2, 30, i % 60, 123456, tzinfo=datetime.timezone.utc),
                    datetime.date(1969, 12, 1 + i % 30),
                    bytearray(b"x"),
                    {"a": i},
                )
            )
    schema = (
        "problem_id string, messages array<struct<role string, content string>>, correct boolean, big bigint, "
        "ratio float, price decimal(10,2), at timestamp, day date, raw binary, extra struct<a int>"
    )
    spark.createDataFrame(rows, schema).repartition(2).write.parquet(f"file:{at('tables')}")


def refuse(name, expected, work):
    try:
        work()
        check(name, False, "nothing was refused")
    except Exception as error:
        check(name, expected in (job.what_failed(error) or ""), f"{type(error).__name__}: {str(error)[:2000]}")


def fixtures():
    write_fixtures()
    tool = command('exec node "$TOOL" "$@"')
    small = {"spark.sql.files.maxPartitionBytes": "20000", "spark.sql.files.openCostInBytes": "0"}
    spark = start_spark(**small)

    expected, _, _ = single("one.json", "in")
    options = ["--max-entries", "20", "--preset", "paper", "--min-problems", "5", "--success-field", "correct", "--all"]
    options += ["--max-n", "4"]
    expected_too, _, _ = single("two.json", "in/one.jsonl", "in/sub", *options)
    several = [at("in/one.jsonl"), at("in/sub/*")]
    # files that end up in one split
    spark.conf.set("spark.sql.files.maxPartitionBytes", "100000000")
    spark.conf.set("spark.sql.files.minPartitionNum", "1")
    noting = command(f'case "$*" in *--shares*) echo >> {at("processes")};; esac; exec node "$TOOL" "$@"')
    got = run(spark, "out2", *several, *options, "--parts", "2", "--sg-mine", noting)
    processes = read(at("processes")).count(b"\n")
    check("one process for all files of a split", processes == 1, processes)
    spark.conf.set("spark.sql.files.maxPartitionBytes", "20000")
    spark.conf.unset("spark.sql.files.minPartitionNum")
    check("lexicon of JSON lines, with options", got == expected_too)

    write_parquet(spark)
    expected_of, _, _ = single("tables.json", "tables")
    check("lexicon of Parquet", run(spark, "out3", at("tables"), "--parts", "2", "--sg-mine", tool) == expected_of)

    other = command('[ -z "$SPARK_LOCAL_DIRS" ] && exec node "$TOOL" "$@"; echo 9.9.9')
    no_node = command('[ -z "$SPARK_LOCAL_DIRS" ] && exec node "$TOOL" "$@"; exec env no-node-here "$TOOL" "$@"')
    source = at("in/one.jsonl")
    refuse("another version on executors", "sg-mine 9.9.9 on ", lambda: run(spark, "o4", source, "--sg-mine", other))
    refuse("executors without Node.js", "no Node.js on ", lambda: run(spark, "o5", source, "--sg-mine", no_node))
    refuse("no tool", "cannot be run on ", lambda: run(spark, "o6", source, "--sg-mine", at("absent")))
    refuse("an output that is there", "is there already", lambda: run(spark, "out2", source, "--sg-mine", tool))
    refuse("no input", "no such file", lambda: run(spark, "o7", at("nothing"), "--sg-mine", tool))
    write("csv/a.csv", b"problem,trace\n")
    refuse("a kind that is not split", "convert it", lambda: run(spark, "o8", at("csv"), "--sg-mine", tool))
    refuse(
        "a bad record with --strict",
        "sub/three.ndjson:",
        lambda: run(spark, "o9", at("in/sub/three.ndjson"), "--strict", "--sg-mine", tool),
    )

    left = [name for name in os.listdir(folder) if re.fullmatch(r"o\d+", name)]
    check("failed jobs leave nothing of OUT", left == [], left)
    left = [path for path, _, _ in os.walk(at("local")) if os.path.basename(path).startswith("sg-mine-")]
    check("tasks leave nothing behind, failed ones included", left == [], left)

    # the first task of every kind ends badly when its work is done, and an executor dies
    flaky = command(
        'node "$TOOL" "$@" || exit; case "$*" in *--shares*) k=a;; *--candidates*) k=b;; *--wanted*) k=c;; *) exit 0;; esac\n'
        f'[ -z "$SPARK_LOCAL_DIRS" ] || ! mkdir {at("failed")}-$k 2>/dev/null || exit 70'
    )
    killed = kill_executor(spark, "sums", 1)
    got = run(spark, "out4", at("in"), "--parts", "3", "--sg-mine", flaky)
    check("lexicon with failing tasks and an executor killed", got == expected)
    check("tasks of every kind failed", sorted(n[-1] for n in os.listdir(folder) if n.startswith("failed-")) == list("abc"))
    try:
        job.main([at("nothing"), "-o", at("o10"), "--sg-mine", tool])
    except SystemExit as end:
        check("an error ends the job with 3", end.code == 3, end.code)
    check("an executor died", "killed" in killed and lost_executors() > 0, killed)


# ---------------------------------------------------------------- data


def data():
    source = os.path.join(os.environ.get("SG_MINE_DATA", os.path.join(ROOT, "../shared")), "data")
    files = [os.path.join(source, f"{name}.jsonl.gz") for name in ("skythought", "zeroeval")]
    if not all(map(os.path.exists, files)):
        print(f"left out: the proof on real traces: no skythought and zeroeval in {source} (SG_MINE_DATA names its parent)")
        results["skipped"] += 1
        return
    expected, alone, alone_used = single("one.json", *files)
    text = 0
    for file in files:
        with gzip.open(file, "rb") as opened:
            lines = opened.read()
        text += len(lines)
        write(f"in/{os.path.basename(file)[:-3]}", lines)
    print(f"text: {text / 1e6:.1f} MB", flush=True)
    # what the tool's own processes use, by what they are given
    tool = command(
        'node "$TOOL" "$@"; status=$?\n'
        'case "$*" in *--shares*) k=count;; *--candidates*) k=candidates;; *wanted.bin*) k=sums;; *"--counts "*) k=lexicon;;'
        ' *--wanted*) k=clusters;; *) k=version;; esac\n'
        f'times > {at("times")}-$$; echo "$k $(tail -1 {at("times")}-$$)" >> {at("times")}; exit $status'
    )
    for killing in (False, True):
        shutil.rmtree(at("events"), ignore_errors=True)
        spark = start_spark(**{"spark.sql.files.maxPartitionBytes": str(8 * 2**20), "spark.sql.shuffle.partitions": "4"})
        if killing:
            killed = kill_executor(spark, "sums", 5)
        write("times", b"")
        began, used = time.monotonic(), cpu_seconds()
        got = run(spark, f"out{killing:d}", at("in"), "--parts", "16", "--sg-mine", tool)
        took, used = time.monotonic() - began, cpu_seconds() - used
        spark.stop()
        print(f"the job: {took:.1f} s, {took / alone:.1f} times one machine; {used:.1f} s of processors, {used / alone_used:.1f} times")
        stages()
        processes()
        check(f"lexicon in 16 shares{', an executor killed' if killing else ''}", got == expected)
        if killing:
            check("an executor died", "killed" in killed and lost_executors() > 0)


def processes():
    """What sg-mine's processes used."""
    number, used = collections.Counter(), collections.Counter()
    for line in read(at("times")).decode().splitlines():
        kind, *times = line.split()
        number[kind] += 1
        for minutes, seconds in re.findall(r"(\d+)m([\d.]+)s", " ".join(times)):
            used[kind] += int(minutes) * 60 + float(seconds)
    print("sg-mine     processes  s of processors")
    for kind, seconds in used.items():
        print(f"{kind:<12}{number[kind]:>9}  {seconds:>15.1f}")
    print(f"{'all':<12}{sum(number.values()):>9}  {sum(used.values()):>15.1f}")


def stages():
    """What each stage took, from Spark's event log."""
    of = {}
    for event in events():
        if event["Event"] == "SparkListenerStageSubmitted":
            what = event.get("Properties", {}).get("spark.job.description", "")
            of[event["Stage Info"]["Stage ID"], event["Stage Info"]["Stage Attempt ID"]] = {"what": what}
        if event["Event"] == "SparkListenerTaskEnd":
            own = of[event["Stage ID"], event["Stage Attempt ID"]]
            metrics, info = event.get("Task Metrics", {}), event["Task Info"]
            reads, writes = metrics.get("Shuffle Read Metrics", {}), metrics.get("Shuffle Write Metrics", {})
            add = {
                "tasks": 1,
                "failed": event["Task End Reason"]["Reason"] != "Success",
                "busy": (info["Finish Time"] - info["Launch Time"]) / 1e3,
                "read": (reads.get("Remote Bytes Read", 0) + reads.get("Local Bytes Read", 0)) / 1e6,
                "write": writes.get("Shuffle Bytes Written", 0) / 1e6,
                "records": writes.get("Shuffle Records Written", 0),
            }
            for key, value in add.items():
                own[key] = own.get(key, 0) + value
            own["first"] = min(own.get("first", 1e18), info["Launch Time"])
            own["last"] = max(own.get("last", 0), info["Finish Time"])
    heads = "stage  job                  tasks  failed  wall s  busy s  shuffle in MB  out MB  records out"
    print(heads)
    for (stage, attempt), own in sorted(of.items()):
        if "tasks" not in own:
            continue
        wall = (own["last"] - own["first"]) / 1e3
        print(
            f"{stage:>3}.{attempt}  {own['what']:<20} {own['tasks']:>5}  {own['failed']:>6}  {wall:>6.1f}  {own['busy']:>6.1f}"
            f"  {own['read']:>13.2f}  {own['write']:>6.2f}  {own['records']:>11}"
        )


def main():
    try:
        {"fixtures": fixtures, "data": data}[sys.argv[1] if len(sys.argv) > 1 else "fixtures"]()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(", ".join(f"{results[kind]} {kind}" for kind in ("passed", "failed", "skipped")))
    sys.exit(results["failed"] > 0)


if __name__ == "__main__":
    main()
