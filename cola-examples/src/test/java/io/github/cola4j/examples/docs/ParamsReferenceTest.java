package io.github.cola4j.examples.docs;

import static java.util.stream.Collectors.joining;

import io.github.cola4j.spark.ml.ColaClassifier;
import io.github.cola4j.spark.ml.ColaLanguageModel;
import io.github.cola4j.spark.ml.ColaSweep;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.api.Test;

/** The page docs/reference/spark-ml-params.md is what the stages say of their params. */
class ParamsReferenceTest {
  @Test
  void thePageHasEveryParam() throws IOException {
    Params classifier = new ColaClassifier();
    Params languageModel = new ColaLanguageModel();
    Params sweep = new ColaSweep();
    Set<String> ofClassifier = names(classifier);
    Set<String> ofLanguageModel = names(languageModel);
    String page =
        """
        # Spark ML params

        This page is generated from the stages. `explainParams()` prints the same, and `help(cola4j.ColaClassifier)` in
        Python. Params have the meaning of the [job file's](job-file/index.md) keys of the same name. A param without a default
        is unset. `setX` and `getX` exist for each param `x` in Java and Scala; in Python a param is a keyword argument.

        ## Both estimators

        %s
        ## ColaClassifier

        %s
        ## ColaLanguageModel

        %s
        ## ColaSweep

        %s"""
            .formatted(
                table(classifier, name -> ofLanguageModel.contains(name)),
                table(classifier, name -> !ofLanguageModel.contains(name)),
                table(languageModel, name -> !ofClassifier.contains(name)),
                table(sweep, name -> true));
    Generated.require("docs/reference/spark-ml-params.md", page);
  }

  private static Set<String> names(Params stage) {
    return Arrays.stream(stage.params()).map(Param::name).collect(Collectors.toSet());
  }

  private static String table(Params stage, java.util.function.Predicate<String> chosen) {
    return Stream.of(stage.params())
        .filter(param -> chosen.test(param.name()))
        .sorted(Comparator.comparing(Param::name))
        .map(param -> row(stage, param))
        .collect(joining("", "| param | default | meaning |\n|---|---|---|\n", ""));
  }

  private static String row(Params stage, Param<?> param) {
    return String.format(
        "| `%s` | %s | %s |\n", param.name(), value(stage, param), Generated.cell(param.doc()));
  }

  private static <T> String value(Params stage, Param<T> param) {
    if (!stage.hasDefault(param)) {
      return "";
    }
    Object value = stage.getOrDefault(param); // of a stage on which nothing is set
    Object shown = value instanceof Object[] several ? List.of(several) : value;
    return shown.toString().isEmpty() ? "`\"\"`" : "`" + Generated.cell(shown.toString()) + "`";
  }
}
