package io.github.cola4j.spark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.data.Example;
import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.spark.SparkJobs;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.training.TaskData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobDataTest {
  private static SparkSession session;
  private static JavaSparkContext spark;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    session = TestSpark.open("local[2]");
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  @AfterAll
  static void close() {
    session.stop();
  }

  private void write(String file, String... lines) {
    try {
      Files.createDirectories(folder.resolve(file).getParent());
      Files.write(folder.resolve(file), List.of(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void delete(String file) {
    try {
      Files.delete(folder.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String row(String text, String label) {
    return "{\"text\": \"" + text + "\", \"label\": \"" + label + "\"}";
  }

  /** Tasks 0, 1, …; each has a duplicate, a bad row, and training files of its own. */
  private Job job(int tasks, int trainingFiles, String data) {
    for (int t = 0; t < tasks; t++) {
      write(t + "/train/0.jsonl", row("one " + t, "x"), row("two", "y"), row("two", "y"), "[]");
      for (int f = 1; f < trainingFiles; f++) {
        write(t + "/train/" + f + ".jsonl", row("two", "y"), row("file " + f, "x"));
      }
      write(t + "/validation.jsonl", row("held", "x"));
      write(t + "/test.jsonl", row("test " + t, "y"));
    }
    String specs =
        IntStream.range(0, tasks)
            .mapToObj(
                t ->
                    "  - {name: t%1$d, train: %2$s/%1$d/train, validation: %2$s/%1$d/validation.jsonl, test: %2$s/%1$d/test.jsonl}\n"
                        .formatted(t, folder))
            .collect(Collectors.joining());
    String yaml = "model: none\ntasks:\n" + specs + "data: {" + data + "}\noutput: out\n";
    return JobFile.parse(yaml, "job.yaml", List.of());
  }

  private static List<?> examples(List<TaskData<?>> tasks) {
    return tasks.stream().map(TaskData::train).map(JavaRDD::collect).toList();
  }

  @Test
  void aDataSetIsReadInOneJobAtMost() {
    try (SparkJobs jobs = new SparkJobs(spark);
        JobData data = JobData.read(session, job(1, 1, ""), Purpose.CLASSIFICATION, List.of())) {
      assertThat(jobs.started()).hasSize(3);
      assertThat(data.duplicatesOf("t0")).isEqualTo(1);
    }
    try (SparkJobs jobs = new SparkJobs(spark);
        JobData data = JobData.read(session, job(3, 1, ""), Purpose.CLASSIFICATION, List.of())) {
      assertThat(jobs.started()).hasSizeBetween(3, 3 * 3); // tasks may share one
      assertThat(data.duplicatesOf("t1")).isEqualTo(1);
      assertThat(data.badRowsOf("t1").values()).containsExactly(1L);
      assertThat(data.tasks().get(1).objective().classes()).containsExactly("x", "y");
      assertThat(data.tasks().get(1).train().getNumPartitions()).isOne();
    }
  }

  @Test
  void smallFilesAreReadByOneSparkTask() {
    try (SparkJobs jobs = new SparkJobs(spark);
        JobData data = JobData.read(session, job(1, 3, ""), Purpose.CLASSIFICATION, List.of())) {
      assertThat(jobs.started()).hasSize(3);
      assertThat(data.duplicatesOf("t0")).isEqualTo(3);
      assertThat(data.tasks().get(0).train().getNumPartitions()).isOne();
    }
  }

  @Test
  void duplicatesAmongManyFilesAndWhatIsTakenOutCostJobsOfTheirOwn() {
    try (SparkJobs jobs = new SparkJobs(spark);
        JobData data = JobData.read(session, job(1, 130, ""), Purpose.CLASSIFICATION, List.of())) {
      assertThat(jobs.started()).hasSize(4);
      assertThat(data.duplicatesOf("t0")).isEqualTo(130);
      assertThat(data.tasks().get(0).train().getNumPartitions()).isEqualTo(3);
      assertThat(data.tasks().get(0).train().collect())
          .extracting(example -> ((Example) example).text())
          .filteredOn(text -> text.startsWith("file "))
          .containsExactlyElementsOf(
              IntStream.range(1, 130)
                  .mapToObj(f -> f + ".jsonl")
                  .sorted()
                  .map(name -> "file " + name.replace(".jsonl", ""))
                  .toList());
    }
    for (int f = 3; f < 130; f++) {
      delete("0/train/" + f + ".jsonl");
    }
    try (JobData data =
        JobData.read(
            session,
            job(1, 3, "duplicates: drop, maxExamples: 3"),
            Purpose.CLASSIFICATION,
            List.of())) {
      assertThat(data.duplicatesOf("t0")).isEqualTo(3);
      assertThat(data.tasks().get(0).train().count()).isEqualTo(3);
    }
  }

  @Test
  void theFingerprintOfOneFileTakesOneJob() {
    try (JobData data = JobData.read(session, job(1, 1, ""), Purpose.CLASSIFICATION, List.of());
        SparkJobs jobs = new SparkJobs(spark)) {
      assertThat(DataFingerprint.ordered(data.tasks().get(0).train())).startsWith("3 examples ");
      assertThat(jobs.started()).hasSize(1);
    }
  }

  @Test
  void tasksAreReadAtOnceAndAsIfEachWereAlone() throws IOException {
    Job all = job(6, 2, "");
    try (SparkJobs jobs = new SparkJobs(spark);
        JobData data = JobData.read(session, all, Purpose.CLASSIFICATION, List.of())) {
      assertThat(jobs.started()).hasSizeLessThan(6 * 6); // six for each that is read alone
      assertThat(data.tasks())
          .extracting(TaskData::name)
          .containsExactly("t0", "t1", "t2", "t3", "t4", "t5");
      data.writeBadRows(folder.resolve("bad.jsonl"));
      assertThat(Files.readAllLines(folder.resolve("bad.jsonl")))
          .hasSize(6)
          .satisfies(
              lines ->
                  assertThat(IntStream.range(0, 6))
                      .allMatch(t -> lines.get(t).contains("/" + t + "/train/0.jsonl")));
      for (int t = 0; t < 6; t++) {
        Job alone =
            Job.of(List.of(all.tasks().get(t)), all.output())
                .withModel(all.model())
                .withAdapter(all.adapter())
                .withTraining(all.training())
                .withSpark(all.spark())
                .withData(all.data())
                .withPrompt(all.prompt())
                .withBaseline(all.baseline())
                .withStart(all.start())
                .withCheckpoint(all.checkpoint());
        try (JobData one = JobData.read(session, alone, Purpose.CLASSIFICATION, List.of())) {
          assertThat(examples(one.tasks())).isEqualTo(examples(data.tasks()).subList(t, t + 1));
          assertThat(examples(one.tests())).isEqualTo(examples(data.tests()).subList(t, t + 1));
          assertThat(one.badRowsOf("t" + t))
              .isEqualTo(data.badRowsOf("t" + t))
              .isNotEqualTo(Map.of());
        }
      }
    }
  }

  @Test
  void theFirstTaskThatCannotBeReadIsToldAndNothingStaysPersisted() {
    Job job = job(8, 1, "");
    write("2/train/0.jsonl", row("one", "x"));
    write("4/test.jsonl", row("one", "unknown"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> JobData.read(session, job, Purpose.CLASSIFICATION, List.of()))
        .withMessageContaining("task 't2'")
        .withMessageContaining("[x]");
    assertThat(spark.getPersistentRDDs()).isEmpty();
  }
}
