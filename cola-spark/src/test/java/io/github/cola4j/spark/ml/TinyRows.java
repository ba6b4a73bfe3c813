package io.github.cola4j.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.TinyTasks;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Rows of the tiny tasks, and estimators that are small enough for them. */
final class TinyRows {
  static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("kind", DataTypes.StringType)
          .add("text", DataTypes.StringType)
          .add("label", DataTypes.StringType)
          .add("held", DataTypes.BooleanType);

  private TinyRows() {}

  /** Trained as {@link TinyTasks#TRAINING} says. */
  static ColaClassifier classifier() {
    return new ColaClassifier()
        .setModel(TinyTasks.folder().toString())
        .setA(2)
        .setB(3)
        .setRank(2)
        .setEpochs(2)
        .setBatchSize(4)
        .setMaxTokens(64)
        .setMaxLength(16)
        .setLearningRate(1e-3)
        .setHeadLearningRate(1e-2)
        .setWeightDecay(0.01)
        .setSchedule("constant")
        .setExamplesPerShard(20)
        .setMetric("loss")
        .setSeed(5);
  }

  /** Rows of tasks, mixed; every fourth is held for validation. */
  static Dataset<Row> rows(Map<String, Integer> classesByTask, int each) {
    List<Row> rows = new ArrayList<>();
    classesByTask.forEach(
        (task, classes) -> {
          List<Example> examples = TinyTasks.examples(task, each, classes, false);
          for (int i = 0; i < each; i++) {
            Example example = examples.get(i);
            rows.add(
                RowFactory.create(
                    (long) rows.size(), task, example.text(), example.label(), i % 4 == 3));
          }
        });
    return LocalSparkTest.session.createDataFrame(rows, SCHEMA).repartition(3).cache();
  }

  /** Rows of one task. */
  static Dataset<Row> rows(int classes, int count) {
    return rows(Map.of("law", classes), count);
  }

  /** Plans of a few rows: nothing that pays for many. */
  static void quicken(SparkSession session) {
    session.conf().set("spark.sql.shuffle.partitions", "2");
    session.conf().set("spark.sql.adaptive.enabled", "false");
    session.conf().set("spark.sql.codegen.wholeStage", "false");
    session.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
  }

  /** Every param of a stage has a name, a meaning, and methods. */
  static void requireDocumented(Params stage) {
    for (Param<?> param : stage.params()) {
      String name = param.name();
      assertThat(name).matches("[a-z][A-Za-z]*");
      assertThat(param.doc()).isNotBlank();
      String capital = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
      assertThat(stage.getClass().getMethods())
          .extracting(Method::getName)
          .contains(name, "get" + capital, "set" + capital);
    }
  }

  /** The place of a vector's first largest element. */
  static int argMax(Vector vector) {
    return IntStream.range(0, vector.size())
        .reduce((best, i) -> vector.apply(i) > vector.apply(best) ? i : best)
        .orElseThrow();
  }
}
