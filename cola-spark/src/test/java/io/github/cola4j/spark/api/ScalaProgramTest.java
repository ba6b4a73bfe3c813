package io.github.cola4j.spark.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.ml.ColaClassificationModel;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.tools.nsc.MainClass;

/** The Scala of README and docs/how-to: all of it compiles, and the program does what it says. */
class ScalaProgramTest extends LocalSparkTest {
  private static final Pattern SCALA = Pattern.compile("```scala\\n(.*?)```", Pattern.DOTALL);
  private static final int LINES = 20;
  private static final String LANGUAGE = "../docs/how-to/spark-ml-language-models.md";

  /** What a shell has, and what the page's other lines take as given. */
  private static final String OBJECT =
      """
      import org.apache.spark.sql.{DataFrame, SparkSession}

      object Lines#NUMBER {
        def run(spark: SparkSession, tickets: DataFrame, dialogues: DataFrame, questions: DataFrame): Any = {
      #LINES
        }
      }
      """;

  @TempDir Path folder;

  @Test
  void theProgramOfThePageRuns() throws Exception {
    List<String> lines = scala();
    String program = lines.get(0);
    assertThat(program.lines().filter(line -> !line.isBlank())).hasSizeLessThanOrEqualTo(LINES);
    assertThat(program).contains("\"classpath:all-minilm-l6-v2\"", "\"tickets-model\"");
    String path = folder.resolve("model").toUri().toString();
    lines.set(
        0,
        program
            .replace("classpath:all-minilm-l6-v2", TinyTasks.folder().toString())
            .replace("\"tickets-model\"", "\"" + path + "\""));
    compile(lines);
    run();

    Dataset<Row> rows = session.sql("select 'the court' as text");
    ColaClassificationModel model = ColaClassificationModel.load(path);
    assertThat(model.labels()).containsExactly("billing", "delivery", "login");
    assertThat(model.transform(rows).first().<String>getAs("predictedLabel"))
        .isIn((Object[]) model.labels());
  }

  private static List<String> scala() throws IOException {
    List<String> programs = new ArrayList<>();
    for (String page : List.of("../README.md", LANGUAGE, "../docs/how-to/sweep.md")) {
      SCALA
          .matcher(Files.readString(Path.of(page)))
          .results()
          .forEach(found -> programs.add(found.group(1)));
    }
    return programs;
  }

  private void compile(List<String> lines) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-d", folder.toString(), "-nowarn"));
    arguments.add("-classpath");
    arguments.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    for (int i = 0; i < lines.size(); i++) {
      Path source = folder.resolve("Lines" + i + ".scala");
      Files.writeString(source, OBJECT.replace("#NUMBER", "" + i).replace("#LINES", lines.get(i)));
      arguments.add(source.toString());
    }
    assertThat(new MainClass().process(arguments.toArray(String[]::new)))
        .as("scalac, whose messages are on the standard output")
        .isTrue();
  }

  private void run() throws Exception {
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {folder.toUri().toURL()}, Thread.currentThread().getContextClassLoader())) {
      loader
          .loadClass("Lines0")
          .getMethod("run", SparkSession.class, Dataset.class, Dataset.class, Dataset.class)
          .invoke(null, session, null, null, null);
    }
  }
}
