#!/usr/bin/env bash
# Checks the engine `djl` on a graphics card: README.md beside this file says what it needs and prints.
#
#   tests/gpu/check.sh pack FOLDER           on a machine with a build: collects what a machine with a card needs, in
#                                            FOLDER and in the archive FOLDER.tar.gz
#   tests/gpu/check.sh run FOLDER|ARCHIVE    on the machine with the card, or any other
#   tests/gpu/check.sh job                   prints the job file that is trained
#   tests/gpu/check.sh                       packs and runs here, in a folder of its own
#
#   LIBTORCH   folder of libtorch.so (default: that of the torch of python3, else the jar of the build)
#   EVENTS     the log criteo-80k, events.csv.gz (default: below MILLRACE_SHARED); packed if it is there
#   JAVA_HOME  a JDK, 17 or newer, for `pack`
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd -P "$here/../.." && pwd)
main=io.millrace.tests.gpu.DeviceCheck

# Version of the JNI library in the pack, and the kind of libtorch that it was built for.
version=2.7.1
flavor=cu128

# Libraries that the steps need, by the beginning of their names.
libraries="api-0 pytorch-engine- pytorch-jni- gson- jna- jackson- snakeyaml-engine- fastutil- slf4j-api- zstd-jni-
  kafka-clients-"

# Parts of the large ones that no step needs: folders, and classes by their names.
unused="it/unimi/dsi/fastutil/booleans it/unimi/dsi/fastutil/bytes it/unimi/dsi/fastutil/chars
  it/unimi/dsi/fastutil/shorts it/unimi/dsi/fastutil/floats it/unimi/dsi/fastutil/io
  org/apache/kafka/common/message org/apache/kafka/shaded org/apache/kafka/clients/admin kafka
  com/sun/jna/aix-* com/sun/jna/darwin-* com/sun/jna/dragonfly* com/sun/jna/freebsd-* com/sun/jna/openbsd-*
  com/sun/jna/sunos-* com/sun/jna/win32-* jnilib/linux-aarch64
  aix darwin freebsd win linux/aarch64 linux/arm linux/i386 linux/loongarch64 linux/mips64 linux/ppc64 linux/ppc64le
  linux/riscv64 linux/s390x"
unused_names='.*fastutil.*(2Boolean|2Byte|2Char|2Short|2Float|Reference|Double2).*'

# What the Java of the pack has.
modules=java.base,java.logging,java.management,java.xml,jdk.management,jdk.unsupported

say() { echo "== $*"; }

fail() {
  echo "check.sh: $1" >&2
  exit 1
}

# The libraries of the build, one a line; with "native" also libtorch for the processor.
jars() {
  local lib=$root/flink-jobs/target/lib name
  [ -d "$lib" ] || fail "$lib is missing; run ./mvnw -DskipTests package"
  for name in $libraries; do ls "$lib/$name"*.jar; done
  if [ "$1" = native ]; then ls "$lib"/pytorch-native-cpu-*.jar; fi
}

# A job of the example's whose teacher is on libtorch. Students are on plain Java, equal on all machines, so that two
# runs differ by their teachers alone.
job() {
  sed -e 's/^teacher:$/&\n  engine: djl/' -e 's/^student:$/&\n  engine: plain/' \
    -e '/name: \(full\|linear\|modulo-10\|hot-kept-10\)/d' "$root/examples/criteo-80k/job.yaml"
}

pack() {
  local to=$1 native=$2 java=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
  [ -x "$java/bin/jlink" ] || fail "no jlink at JAVA_HOME=$java; set it to a JDK, 17 or newer"
  rm -rf "$to/jre" "$to/lib" "$to/classes"
  mkdir -p "$to/lib" "$to/classes"
  "$java/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress=2 \
    --output "$to/jre"
  strip "$to/jre/lib/server/libjvm.so" 2>/dev/null || true
  for module in model-core kafka-config job-file runs; do
    cp -RL "$root/$module/target/classes/." "$to/classes"
  done
  mkdir -p "$to/classes/io/millrace/dense" "$to/classes/io/millrace/tests"
  cp -RL "$root/model-core/target/test-classes/io/millrace/dense/." "$to/classes/io/millrace/dense"
  cp -RL "$root/tests/target/test-classes/io/millrace/tests/gpu" "$to/classes/io/millrace/tests"
  cp $(jars "$native") "$to/lib"
  for jar in "$to"/lib/{fastutil,kafka-clients,jna,pytorch-jni,zstd-jni}-*.jar; do slim "$java" "$jar"; done
  for artifact in org.junit.platform:junit-platform-console-standalone:1.14.4 org.assertj:assertj-core:3.27.7; do
    fetch "$artifact" "$to/lib"
  done
  job >"$to/job.yaml"
  mkdir -p "$to/include"
  cp "$java"/include/jni.h "$java"/include/linux/jni_md.h "$to/include"
  cp "$here/steps.py" "$here/cublas.cu" "$here/check.sh" "$to"
  local events=${EVENTS:-${MILLRACE_SHARED:-/nowhere}/data/criteo-80k/events.csv.gz}
  if [ -f "$events" ]; then cp "$events" "$to/events.csv.gz"; fi
  say "packed $(du -sm "$to" | cut -f 1) MiB in $to"
  if [ "$native" != native ]; then archive "$to"; fi
}

# One file to carry, of at most 64 MiB.
archive() {
  local size
  tar -C "$1" -czf "$1.tar.gz" .
  size=$(du -sm "$1.tar.gz" | cut -f 1)
  [ "$size" -le 64 ] || fail "the archive must have at most 64 MiB but has $size"
  say "$size MiB in $1.tar.gz"
}

# Packs a jar again, without what is not used.
slim() {
  local parts
  parts=$(mktemp -d)
  (cd "$parts" && "$1/bin/jar" -x -f "$2" && rm -rf $unused \
    && find . -regextype posix-extended -regex "$unused_names" -delete)
  "$1/bin/jar" -c -f "$2" -C "$parts" .
  rm -rf "$parts"
}

# Copies an artifact that only tests need, from the local repository of Maven or by its plugin.
fetch() {
  local group artifact number jar
  IFS=: read -r group artifact number <<<"$1"
  jar=$HOME/.m2/repository/${group//.//}/$artifact/$number/$artifact-$number.jar
  if [ ! -f "$jar" ]; then
    (cd "$root" && ./mvnw -q -B -N dependency:get -Dartifact="$1" -Dtransitive=false) >&2
  fi
  cp "$jar" "$2"
}

# Folder of the torch of python3.
torch_of_python() {
  python3 -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))' 2>/dev/null || true
}

# DJL loads every file of the folder that it is given, so it gets one with links to the libraries that it needs; what
# these need is found by LD_LIBRARY_PATH.
choose_libtorch() {
  local lib=${LIBTORCH:-$(torch_of_python)} name
  device=djl-cpu
  if [ -z "$lib" ]; then
    ls "$folder"/lib/pytorch-native-cpu-*.jar >/dev/null 2>&1 || fail "no libtorch: set LIBTORCH to its folder"
    say "libtorch $version of the build, on the processor"
    return
  fi
  [ -f "$lib/libtorch.so" ] || fail "LIBTORCH must be the folder of libtorch.so but was $lib"
  rm -rf "$folder/libtorch" && mkdir -p "$folder/libtorch" "$folder/cache"
  for name in c10 c10_cuda torch_cpu torch_cuda torch; do
    if [ -f "$lib/lib$name.so" ]; then ln -s "$lib/lib$name.so" "$folder/libtorch/"; fi
  done
  LD_LIBRARY_PATH=$lib$(printf ':%s' "$lib"/../../nvidia/*/lib)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export LD_LIBRARY_PATH PYTORCH_LIBRARY_PATH=$folder/libtorch PYTORCH_VERSION=$version PYTORCH_FLAVOR=cpu
  if [ -f "$lib/libtorch_cuda.so" ]; then PYTORCH_FLAVOR=$flavor; fi
  if [ -e /dev/nvidiactl ] && [ "$PYTORCH_FLAVOR" = "$flavor" ]; then device=djl-gpu; fi
  say "libtorch $(cat "$lib/../version.py" 2>/dev/null | sed -n "s/^__version__ = '\(.*\)'/\1/p") of $lib, expects $device"
  check_symbols "$lib"
}

# Names what the JNI library needs and libtorch does not have: a newer libtorch may lack some.
check_symbols() {
  command -v nm >/dev/null && command -v unzip >/dev/null || return 0
  local jni=$folder/cache/jni.so missing
  unzip -p "$folder"/lib/pytorch-jni-*.jar "jnilib/linux-x86_64/$PYTORCH_FLAVOR/libdjl_torch.so" >"$jni"
  missing=$(comm -23 \
    <(nm -D --undefined-only "$jni" | awk '{print $NF}' | grep -E '^_Z.*(2at|3c10|5torch)' | sort -u) \
    <(for so in "$folder"/libtorch/*.so; do nm -D --defined-only "$so"; done | awk '{print $NF}' | sort -u))
  say "symbols that the JNI library $version needs and this libtorch lacks: $(grep -c . <<<"$missing" || true)"
  head -n 20 <<<"$missing"
}

java() {
  timeout "$limit" "$folder/jre/bin/java" -Xmx4g -Djava.awt.headless=true -Dai.djl.offline=true \
    -DDJL_CACHE_DIR="$folder/cache" -Dmillrace.device="$device" -cp "$folder/classes:$folder/lib/*" "$@" \
    2> >(grep -v '^SLF4J' >&2)
}

# Runs a step for at most so many seconds; a step that fails is counted, and the others go on.
failed=0
step() {
  local start=$SECONDS code=0
  limit=$1
  shift
  say "$*"
  "$@" || code=$?
  say "$((SECONDS - start)) s, exit code $code"
  if [ "$code" != 0 ]; then failed=$((failed + 1)); fi
}

contract() {
  java org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=summary \
    --select-class io.millrace.dense.djl.DjlOnDevice
}

# The same laws on cuBLAS without libtorch, by a library that nvcc builds here.
cublas() {
  local toolkit places header library
  command -v nvcc >/dev/null || { say "no nvcc, so nothing takes the place of libtorch"; return 1; }
  toolkit=$(dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")
  places="$toolkit $(dirname "$(torch_of_python)")/../nvidia"
  header=$(find -L $places -name cublas_v2.h 2>/dev/null | head -n 1)
  library=$(find -L $places -name 'libcublas.so*' 2>/dev/null | head -n 1)
  [ -n "$header" ] && [ -n "$library" ] || { say "no cublas_v2.h and libcublas.so below $places"; return 1; }
  nvcc -O2 -shared -Xcompiler -fPIC -I "$folder/include" -I "$(dirname "$header")" \
    -o "$folder/libcublasnet.so" "$folder/cublas.cu" "$library"
  LD_LIBRARY_PATH=$(dirname "$library")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
    java -Dmillrace.cublas="$folder/libcublasnet.so" org.junit.platform.console.ConsoleLauncher execute \
    --disable-banner --details=summary --select-class io.millrace.dense.cublas.CublasOnDevice
}

train() {
  java "$main" train "$folder/job.yaml" "$folder/events.csv.gz" "$folder/runs/$1" "$2"
}

train_on_processor() {
  CUDA_VISIBLE_DEVICES= train "$1" "$2"
}

run() {
  if [ -f "$1" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    tar -C "$folder" -xzf "$1"
  else
    folder=$(cd -P "$1" && pwd)
  fi
  rm -rf "$folder/runs"
  mkdir -p "$folder/runs" "$folder/cache"
  nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null || say "no NVIDIA driver here"
  choose_libtorch
  step 40 java "$main" engine djl
  if [ "$failed" != 0 ]; then
    step 180 cublas
    fail "libtorch does not load through DJL; see above whether cuBLAS takes its place"
  fi
  step 100 contract
  if [ -f "$folder/events.csv.gz" ]; then
    step 70 train device 0
    step 70 train_on_processor processor 0
    step 70 train_on_processor other-seed 1
    step 10 java "$main" compare "$folder/runs/processor" "$folder/runs/device"
    step 10 java "$main" compare "$folder/runs/processor" "$folder/runs/other-seed"
  else
    say "no $folder/events.csv.gz, so nothing is trained"
  fi
  step 35 java "$main" steps djl
  if python3 -c 'import torch' 2>/dev/null; then
    step 35 timeout 35 python3 "$folder/steps.py"
  else
    say "python3 has no torch, so PyTorch is not timed"
  fi
  say "$SECONDS s in all; $failed steps failed; the device was $device"
  [ "$failed" = 0 ]
}

case ${1:-} in
  job) job ;;
  pack) [ $# = 2 ] || fail "usage: check.sh pack FOLDER"; pack "$(realpath -m "$2")" none ;;
  run) [ $# = 2 ] || fail "usage: check.sh run FOLDER|ARCHIVE"; run "$2" ;;
  '')
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    pack "$folder" native
    run "$folder"
    ;;
  *) fail "unknown step '$1'; usage: check.sh [job | pack FOLDER | run FOLDER|ARCHIVE]" ;;
esac
