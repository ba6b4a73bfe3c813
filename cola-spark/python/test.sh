#!/usr/bin/env bash
# test.sh SPARK-LINE [EXTRA]: tests the Python package in a fresh virtual environment with that line's pyspark, on the jar
# that "mvn -Passembly package" (with -Pspark-3.5 for 3.5) has built. With the extra "connect" of pyspark 4.1, over Spark
# Connect too. MLflow and TensorBoard are tested with Spark 4.1 alone.
set -euo pipefail
cd "$(dirname "$0")"

line=${1:?usage: test.sh 4.1 or test.sh 3.5}
case $line in
  4.1) pyspark=4.1.0 target=../../cola-examples/target more="mlflow==3.17.2 tensorboard==2.21.0" ;;
  3.5) pyspark=3.5.9 target=../../cola-examples/target/spark-3.5 more= ;;
  *) echo "no jar is built for Spark $line; expected 4.1 or 3.5" >&2; exit 2 ;;
esac
target=$(cd "$target" && pwd)
jars=$(printf '%s:' "$target"/cola4j-*-spark-"$line"-cpu.jar "$target"/lib-cluster/langchain4j-embeddings-*.jar)

environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
"${PYTHON:-python3}" -m venv "$environment"
"$environment/bin/pip" install -q "pyspark${2:+[$2]}==$pyspark" pytest hatchling $more .
COLA4J_JARS=${jars%:} SPARK_LOCAL_IP=127.0.0.1 PYTHONDONTWRITEBYTECODE=1 PYSPARK_PYTHON=$environment/bin/python \
  "$environment/bin/python" -m pytest -p no:cacheprovider -q --durations=5
