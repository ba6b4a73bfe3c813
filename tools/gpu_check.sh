#!/usr/bin/env bash
# Checks CoLA4J's CUDA kernels on a bare Linux machine: NVIDIA's driver, CUDA 13's libraries (PyTorch's wheels have
# them), no JDK, no network.
#
#   bash tools/gpu_check.sh pack FOLDER             where CoLA4J is built: a JRE, jars, what the CPU computes
#   bash tools/gpu_check.sh run FOLDER OUT [--seconds 240] [--stages 'kernels contract …'] [--emulated]
#                                                   on the machine: with the pieces that are in FOLDER
#
# pack writes FOLDER/piece1.tar.xz, with which all of CUDA's stages run, and further pieces with the CPU's natives,
# with which the CPU's speed is measured beside; GPU_CHECK_CPU=no leaves those as they are, GPU_CHECK_BUILT=yes packs
# what was built before. run unpacks to $GPU_CHECK_HOME (a folder in /tmp), runs stages in processes of their own, each
# with its timeout, and writes OUT/gpu_check.json and gpu_check.log after each. --emulated plays the GPU by the CPU
# (needs g++), to test this script. GPU_CHECK_LIBRARIES names folders of CUDA's libraries, GPU_CHECK_OPTIONS options of
# the JVM.
set -u

STAGES="kernels contract steps bindings gemm bench torch times rates tasks memcheck racecheck cpu"
MODULES=java.base,java.logging,java.management,java.naming,java.xml,jdk.unsupported,jdk.incubator.vector
MAIN=io.github.cola4j.nn.kernels.cuda.check.GpuCheck

die() {
  echo "error: $*" >&2
  exit 2
}

# ---- pack

# Copies class path entries as uncompressed jars, which xz compresses better, without what the check does not load.
PACK_JARS='
import os, re, sys, zipfile
target, natives, entries = sys.argv[1], sys.argv[2], sys.argv[3:]
DROPPED = re.compile(
    r"META-INF/(native-image|maven|versions|.*\.(SF|RSA|DSA)$)|.*\.(h|hpp|cmake|pc|proto)$|native/"
    r"|com/sun/jna/(?!linux-x86-64/)[a-z0-9]+-[a-z0-9-]+/|.*/libjniopenblas_full\.so$"
    r"|org/bytedeco/cuda/linux-x86_64/libjni(?!cudart|cublas|nvrtc)|module-info\.class")
CPU = re.compile(
    r"(nd4j-native|openblas|dnnl|opencl)-[^/]*-linux-x86_64(-avx2)?\.jar$|org/nd4j/(guava|jackson|protobuf)/"
    r"|/jna-platform/|/(commons-(collections4|net|compress|io)|threetenbp|neoitertools|byteunits|flatbuffers-java)/"
    r"|/gson/|/ai/djl/")
UNUSED = re.compile(r"(junit|onnxruntime|langchain4j|byte-buddy|record-builder|oshi|error_prone)")
names = {}
for entry in entries:
    if UNUSED.search(os.path.basename(entry)) or not os.path.exists(entry):
        continue
    cpu = CPU.search(entry) is not None
    name = os.path.basename(entry)
    if os.path.isdir(entry):
        name = "-".join(entry.rstrip("/").split("/")[-3::2]) + ".jar"
    with zipfile.ZipFile(os.path.join(natives if cpu else target, name), "w", zipfile.ZIP_STORED) as out:
        if os.path.isdir(entry):
            for folder, _, files in os.walk(entry):
                for file in sorted(files):
                    path = os.path.join(folder, file)
                    inside = os.path.relpath(path, entry)
                    if not inside.startswith("goldens/"):
                        out.write(path, inside)
        else:
            with zipfile.ZipFile(entry) as jar:
                for item in jar.infolist():
                    if not item.is_dir() and not DROPPED.match(item.filename):
                        out.writestr(item.filename, jar.read(item))
    print(os.path.getsize(out.filename), name, "(CPU)" if cpu else "")
'

pack() {
  local folder=$1 root work app target classpath
  root=$(cd "$(dirname "$0")/.." && pwd)
  work=$(mktemp -d) || die "no temporary folder"
  app=$work/gpu-check
  mkdir -p "$folder" "$app/lib" "$app/expected" "$work/cpu/gpu-check/cpu" || die "cannot write to $folder"
  if [ "${GPU_CHECK_BUILT:-}" = "" ]; then
    (cd "$root" && mvn -B -ntp -q ${MAVEN_ARGS:-} -pl cola-cuda -am test-compile dependency:build-classpath \
      -Dmdep.outputFile=target/check.classpath -Dmdep.includeScope=test) || die "the build failed"
  fi
  target=$root/cola-cuda/target
  classpath=$target/classes:$target/test-classes:$(cat "$target/check.classpath")
  echo "computing on the CPU what the GPU is compared with"
  java --add-modules=jdk.incubator.vector -Xmx2g -cp "$classpath" $MAIN expect "$app/expected" >"$work/log" 2>&1 ||
    { tail -20 "$work/log" >&2; die "the CPU's results failed"; }
  python3 -c "$PACK_JARS" "$app/lib" "$work/cpu/gpu-check/cpu" ${classpath//:/ } || die "the jars cannot be copied"
  jlink --add-modules "$MODULES" --strip-debug --no-header-files --no-man-pages --compress=0 --output "$app/jre" \
    2>/dev/null || die "jlink failed; it is part of a JDK 17 with jmods"
  strip --strip-unneeded "$app"/jre/lib/server/libjvm.so 2>/dev/null
  tar -C "$work" -cf - gpu-check | xz -T0 -4 >"$folder/piece1.tar.xz" || die "piece 1 failed"
  [ "${GPU_CHECK_CPU:-yes}" = no ] || pieces "$work/cpu" "$folder" || die "the CPU's pieces failed"
  rm -rf "$work"
  ls -l "$folder"/piece*.tar.xz
}

# The CPU's natives, ND4J's apart: the largest by far.
pieces() {
  local source=$1 folder=$2 nd4j='nd4j-native-[0-9].*linux'
  (cd "$source" && ls gpu-check/cpu/*.jar | grep "$nd4j" | tar -cf - -T - | xz -T0 -4) >"$folder/piece2.tar.xz" &&
    (cd "$source" && ls gpu-check/cpu/*.jar | grep -v "$nd4j" | tar -cf - -T - | xz -T0 -4) >"$folder/piece3.tar.xz"
}

# ---- run

text() { # a JSON string, of ASCII alone: what is cut may end within a character
  printf '"%s"' "$(LC_ALL=C tr '\n\t' '  ' | LC_ALL=C tr -cd '\40-\176' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g')"
}

left() { # seconds
  echo $((END - $(date +%s)))
}

unpack() {
  local piece mark
  mkdir -p "$GPU_CHECK_HOME/tmp" || die "cannot write to $GPU_CHECK_HOME; set GPU_CHECK_HOME"
  for piece in "$FOLDER"/piece*.tar.xz; do
    [ -f "$piece" ] || die "no piece1.tar.xz in $FOLDER"
    mark=$GPU_CHECK_HOME/.$(basename "$piece")-$(cksum <"$piece" | tr ' ' -)
    [ -f "$mark" ] && continue
    if command -v xz >/dev/null; then
      tar -C "$GPU_CHECK_HOME" -xJf "$piece" || die "cannot unpack $piece"
    else
      python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1], "r:xz").extractall(sys.argv[2])' "$piece" \
        "$GPU_CHECK_HOME" || die "cannot unpack $piece: neither xz nor python3 does"
    fi
    touch "$mark"
  done
  [ -x "$APP/jre/bin/java" ] || die "piece1.tar.xz is missing in $FOLDER"
}

# The first Python that has PyTorch, or any.
find_python() {
  local each
  for each in python3 python /opt/*/bin/python3 /usr/local/bin/python3 /usr/bin/python3 /root/*/bin/python3; do
    timeout 10 "$each" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)' \
      >/dev/null 2>&1 && echo "$each" && return
  done
  command -v python3
}

# Folders with CUDA 13's libraries: those that the caller names, the system's, Python's.
library_folders() {
  local folder
  {
    printf '%s\n' "${GPU_CHECK_LIBRARIES:-}" | tr : '\n'
    ls -d /usr/local/cuda-13*/lib64 /usr/local/cuda/lib64 /usr/local/cuda*/targets/*/lib 2>/dev/null
    timeout 10 "$PYTHON" -c '
import glob, site, sys
for path in dict.fromkeys([*sys.path, *site.getsitepackages(), site.getusersitepackages()]):
    for folder in sorted(glob.glob(path + "/nvidia/*/lib"), key=lambda name: "cu13" not in name):
        print(folder)' 2>/dev/null
    ls -d /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/lib/x86_64-linux-gnu /usr/lib64 2>/dev/null
    ls -d /opt/*/lib/python3*/site-packages/nvidia/*/lib /usr/local/lib/python3*/*-packages/nvidia/*/lib 2>/dev/null
  } | awk '!seen[$0]++' | while read -r folder; do
    ls "$folder"/libcudart.so.13 "$folder"/libcublas.so.13 "$folder"/libcublasLt.so.13 "$folder"/libnvrtc.so.13 \
      >/dev/null 2>&1 && echo "$folder" && continue
    ls "$folder" 2>/dev/null | grep -qE '^lib(cudart|cublas|cublasLt|nvrtc)\.so\.13$' && echo "$folder"
  done
  ldconfig -p 2>/dev/null | grep -q libcuda.so.1 || # the driver's
    timeout 10 find /usr/local/nvidia /usr/lib /usr/lib64 /usr/local/cuda*/compat -maxdepth 4 -name libcuda.so.1 \
      -printf '%h\n' 2>/dev/null
  printf '%s\n' "${LD_LIBRARY_PATH:-}" | tr : '\n'
}

versions() {
  local smi libraries folder
  smi=$(timeout 15 nvidia-smi --query-gpu=name,driver_version,memory.total,memory.used,clocks.max.sm,power.limit \
    --format=csv,noheader 2>&1 | head -8)
  libraries=$(for folder in ${LIBRARY_FOLDERS//:/ }; do
    ls "$folder"/lib{cuda,cudart,cublas,cublasLt,nvrtc,nvrtc-builtins}.so.1* 2>/dev/null
  done | head -40)
  {
    printf '{"gpus": %s, ' "$(printf %s "$smi" | text)"
    printf '"kernel": %s, ' "$(uname -sr | text)"
    printf '"os": %s, ' "$(. /etc/os-release 2>/dev/null; printf %s "${PRETTY_NAME:-}" | text)"
    printf '"processor": %s, ' "$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | text)"
    printf '"processors": %s, ' "$(nproc)"
    printf '"java": %s, ' "$("$APP/jre/bin/java" -version 2>&1 | head -1 | text)"
    printf '"glibc": %s, ' "$(ldd --version 2>&1 | head -1 | text)"
    printf '"libraryPath": %s, ' "$(printf %s "$LIBRARY_FOLDERS" | text)"
    printf '"libraries": %s, ' "$(printf %s "$libraries" | text)"
    printf '"sanitizer": %s}\n' "$(sanitizer | text)"
  } >"$WORK/versions.json"
  echo "GPU: $smi"
  echo "libraries: ${LIBRARY_FOLDERS:-none of CUDA 13 found}"
}

sanitizer() {
  command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | head -1
}

# All that is there so far, as one JSON.
merge() {
  local name first=1
  {
    printf '{"versions": '
    cat "$WORK/versions.json"
    printf ', "stages": {'
    for name in $DONE; do
      [ $first = 1 ] || printf ',\n'
      first=0
      printf '"%s": {"exit": %s, "report": ' "$name" "$(cat "$WORK/$name.exit" 2>/dev/null || echo null)"
      if [ -s "$WORK/$name.json" ]; then cat "$WORK/$name.json"; else printf null; fi
      printf ', "log": %s}' "$(tail -c 3000 "$WORK/$name.log" 2>/dev/null | text)"
    done
    printf '}}\n'
  } >"$WORK/gpu_check.json" && cp "$WORK/gpu_check.json" "$OUT/gpu_check.json"
}

# stage NAME LIMIT COMMAND…: runs it until it does not ask for another start; what it printed is cut.
stage() {
  local name=$1 limit=$2 code tries=0 start
  shift 2
  case " $WANTED " in *" $name "*) ;; *) return ;; esac
  if [ "$(left)" -lt 8 ]; then
    echo "== $name: skipped, no time is left"
    return
  fi
  start=$(date +%s)
  DONE="$DONE $name"
  echo null >"$WORK/$name.exit"
  rm -f "$WORK/$name.json"
  while :; do
    tries=$((tries + 1))
    local most=$((limit * SLOWER - ($(date +%s) - start)))
    [ "$most" -gt "$(left)" ] && most=$(left)
    [ "$most" -lt 1 ] && code=124 && break
    { timeout -k 3 "$most" "$@" >"$WORK/$name.log" 2>&1; } 2>/dev/null
    code=$?
    grep -a '^  ' "$WORK/$name.log" | cut -c 1-900 >>"$WORK/$name.lines"
    # 3 asks for it; 134 and 139 are crashes, after which the next item may pass
    case $code in 3 | 134 | 139) [ $tries -lt 12 ] && continue ;; esac
    break
  done
  echo "== $name: exit $code, $(($(date +%s) - start)) s$([ $tries -gt 1 ] && echo ", started $tries times")"
  if [ -s "$WORK/$name.lines" ]; then
    head -c "${SHOWN:-1700}" "$WORK/$name.lines" | sed -e '$a\'
    rm -f "$WORK/$name.lines"
  fi
  case $code in
    0 | 1 | 4) ;;
    124 | 137) echo "  timed out" ;;
    *) grep -av -e '^  ' -e '^#' "$WORK/$name.log" | tail -n 14 | cut -c 1-300 | head -c 1500 ;;
  esac
  grep -ah -A1 '^# Problematic frame' "$WORK"/hs_err_* 2>/dev/null | grep -v '^# Problematic' | head -3
  if ls "$WORK"/hs_err_* >/dev/null 2>&1; then
    head -c 300000 -q "$WORK"/hs_err_* >>"$OUT/crashes.log"
    rm -f "$WORK"/hs_err_*
  fi
  { echo "== $name" && tail -c 200000 "$WORK/$name.log"; } >>"$OUT/gpu_check.log"
  echo $code >"$WORK/$name.exit"
  merge
}

# java_stage NAME LIMIT STAGE OPTIONS…: a stage of GpuCheck, in a JVM under $WRAPPER.
java_stage() {
  local name=$1 limit=$2 what=$3
  shift 3
  stage "$name" "$limit" env "LD_LIBRARY_PATH=$LIBRARY_FOLDERS" $WRAPPER "$APP/jre/bin/java" "-Xmx$HEAP" \
    -XX:+UseParallelGC "-XX:ErrorFile=$WORK/hs_err_%p.log" "-Djava.io.tmpdir=$GPU_CHECK_HOME/tmp" \
    "-Dorg.bytedeco.javacpp.cachedir=$GPU_CHECK_HOME/javacpp" -Dorg.slf4j.simpleLogger.defaultLogLevel=info \
    -Dfile.encoding=UTF-8 "-Dcheck.expected=$APP/expected" "$@" $SIZES ${GPU_CHECK_OPTIONS:-} \
    -cp "$APP/lib/*:$APP/cpu/*" $MAIN "$what" "$WORK/$name.json"
}

# sanitized TOOL: the contract under a tool of compute-sanitizer.
sanitized() {
  WRAPPER="$sanitizer --tool $1 --error-exitcode 9 --print-limit 20 --target-processes all" \
    java_stage "$1" 60 contract $cuda -Dcheck.limit=55 "-Dcheck.except=.*(70000|40000|300).*"
  grep -a '^=========' "$WORK/$1.log" 2>/dev/null | head -c 1200
}

emulate() {
  local log=$GPU_CHECK_HOME/emulator.log
  LIBRARY_FOLDERS=$GPU_CHECK_HOME/emulated
  rm -rf "$LIBRARY_FOLDERS"
  "$APP/jre/bin/java" "-Djava.io.tmpdir=$GPU_CHECK_HOME/tmp" -cp "$APP/lib/*" \
    io.github.cola4j.nn.kernels.cuda.EmulatedMachine "$LIBRARY_FOLDERS" >"$log" 2>&1 ||
    { cat "$log" >&2; die "no emulator"; }
  COLA_EMULATOR=$(tail -1 "$log")
  export COLA_EMULATOR
  SIZES="-Dcheck.small=true -Dcheck.limit=600"
  SLOWER=10
  HEAP=1g
}

run() {
  FOLDER=$1 OUT=$2
  shift 2
  local seconds=240 emulated=
  WANTED=$STAGES
  while [ $# -gt 0 ]; do
    case $1 in
      --seconds) seconds=$2 && shift ;;
      --stages) WANTED=$2 && shift ;;
      --emulated) emulated=yes ;;
      *) die "expected --seconds N, --stages 'NAMES' or --emulated, got $1" ;;
    esac
    shift
  done
  local began tools name
  began=$(date +%s)
  END=$((began + seconds))
  tools=$(cd "$(dirname "$0")" && pwd)
  mkdir -p "$OUT" || die "cannot write to $OUT"
  OUT=$(cd "$OUT" && pwd)
  GPU_CHECK_HOME=${GPU_CHECK_HOME:-/tmp/cola4j-gpu-check-$(id -u)}
  APP=$GPU_CHECK_HOME/gpu-check
  WORK=$GPU_CHECK_HOME/results
  rm -rf "$WORK"
  mkdir -p "$WORK" || die "cannot write to $GPU_CHECK_HOME; set GPU_CHECK_HOME"
  rm -f "$OUT/gpu_check.log" "$OUT/crashes.log"
  SIZES= SLOWER=1 HEAP=16g DONE= WRAPPER=
  PYTHON=$(find_python)
  unpack
  if [ -n "$emulated" ]; then
    emulate
  else
    LIBRARY_FOLDERS=$(library_folders | awk 'NF && !seen[$0]++' | paste -sd: -)
  fi
  echo "unpacked in $(($(date +%s) - began)) s: $(ls "$FOLDER" | grep -c '^piece') pieces"
  versions
  merge
  local cuda="-Dcola.kernels=cuda" vector="--add-modules=jdk.incubator.vector"
  java_stage kernels 60 kernels $cuda -Dcheck.limit=40
  if [ "$(cat "$WORK/kernels.exit" 2>/dev/null)" = 4 ]; then
    echo "no stage but PyTorch's can run; CUDA's libraries on this machine:"
    timeout 30 find / -regextype posix-extended -regex '.*/lib(cuda|cudart|cublas|nvrtc)\.so[.0-9]*' 2>/dev/null |
      head -20
    WANTED=torch
  fi
  export CUDA_LAUNCH_BLOCKING=1 # so that the launch that fails is the one that is reported
  SHOWN=2500 java_stage contract 60 contract $cuda
  java_stage steps 30 steps $cuda
  java_stage bindings 30 bindings $cuda
  unset CUDA_LAUNCH_BLOCKING
  java_stage gemm 30 gemm $cuda
  SHOWN=2000 java_stage bench 60 bench $cuda -Dcheck.limit=25
  stage torch 50 "$PYTHON" "$tools/gpu_check_torch.py" "$WORK/torch.json" ${emulated:+--small}
  SHOWN=2400 java_stage times 30 times -Dcola.kernels=timed
  java_stage rates 30 rates $cuda
  java_stage tasks 40 tasks $cuda
  local sanitizer
  sanitizer=$(sanitizer)
  if [ -n "$sanitizer" ] && [ -z "$emulated" ]; then
    sanitized memcheck
    sanitized racecheck
  fi
  if ls "$APP"/cpu/nd4j-native*.jar >/dev/null 2>&1; then
    java_stage cpu 40 bench -Dcola.kernels=cpu $vector -Dcheck.shape=minilm -Dcheck.methods=lora
  fi
  for name in $DONE; do
    printf '%s %s, ' "$name" "$(cat "$WORK/$name.exit")"
  done
  echo "all in $(($(date +%s) - began)) s: $OUT/gpu_check.json"
}

main() {
  [ $# -ge 2 ] || die "expected: gpu_check.sh pack FOLDER, or gpu_check.sh run FOLDER OUT"
  local command=$1
  shift
  case $command in
    pack) pack "$@" ;;
    run) [ $# -ge 2 ] || die "expected a folder of pieces and one for results" && run "$@" ;;
    *) die "expected pack or run, got $command" ;;
  esac
}

main "$@"; exit # read as a whole, whatever becomes of this file meanwhile
