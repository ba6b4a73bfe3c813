package io.github.cola4j.spark.report;

import io.github.cola4j.data.score.AnswerScore;
import io.github.cola4j.spark.data.summary.DataSetSummary;
import io.github.cola4j.spark.data.summary.DataTally;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.data.summary.TokenLengths;
import io.github.cola4j.spark.inference.score.GeneratedAnswers;
import io.github.cola4j.spark.training.Mistake;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.train.Evaluation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Runs that nobody ran. */
final class SampleReports {
  /** A name that would be a script if it were markup. */
  static final String EVIL = "</script><script>alert(1)</script>&\"'{{evil}}<b>";

  private static final int ROUNDS = 6;
  private static final long GPU_BYTES = 12_300_000_000L;

  private SampleReports() {}

  /** Of classifiers. */
  static RunReport classifiers(int tasks, int classes) {
    return run(
        IntStream.range(0, tasks).mapToObj(t -> classifier("task-" + t, classes, t)).toList());
  }

  /** Of one language model with questions and answers, whose texts are markup. */
  static RunReport languageModel() {
    TaskReport task =
        new TaskReport(
            "chat",
            List.of(),
            TaskSummary.of("chat", data(1200, 0, 1), data(60, 0, 2), Map.of()),
            5,
            ROUNDS,
            counts(1500, 900, 2300),
            new TestedTask(counts(4000, 2500, 6100), samples(200, 0, 3), List.of()),
            null,
            new Choices(counts(100, 31, 200), counts(100, 55, 120)),
            new GeneratedAnswers(
                new AnswerScore(50, 20, 30.5, 31.25),
                52,
                List.of(new GeneratedAnswers.Pair(EVIL, EVIL, EVIL, true))));
    return run(List.of(task));
  }

  /** Whose names and texts are all markup. */
  static RunReport evil() {
    TaskReport task = classifier("evil", 3, 1);
    List<String> classes = List.of(EVIL, "b" + EVIL, "ordinary");
    return run(List.of(
            task.withClasses(classes)
                .withData(
                    TaskSummary.of(
                            "evil",
                            samples(400, 3, 1).summary(classes),
                            samples(39, 3, 2).summary(classes),
                            Map.of(EVIL, 1L))
                        .withFiles(null, Map.of(EVIL, 2L), 3))
                .withTest(
                    new TestedTask(
                        task.test().evaluation(),
                        task.test().data(),
                        List.of(new Mistake(EVIL, EVIL, EVIL, EVIL, 0.9))))))
        .withName(EVIL)
        .withModel(EVIL)
        .withSettings("model: '" + EVIL + "'\n")
        .withVersions(Map.of(EVIL, EVIL))
        .withHashes(Map.of(EVIL, EVIL));
  }

  static RunReport run(List<TaskReport> tasks) {
    return new RunReport(
        "nightly",
        "classpath:all-minilm-l6-v2",
        "cola, 2 A and 3 B matrices of rank 8",
        "accuracy",
        tasks,
        rounds(tasks.stream().map(TaskReport::name).toList()),
        new RunReport.Cost(829_440, 22_565_376, 134.2, 2_800_000_000L),
        "model: classpath:all-minilm-l6-v2\n",
        Map.of("Spark", "4.1.0, local[*]"),
        Map.of("model", "0".repeat(64)));
  }

  static TaskReport classifier(String name, int classes, int seed) {
    Random random = new Random(seed);
    long[][] confusion = new long[classes][classes];
    for (int i = 0; i < 60 * classes; i++) {
      int label = (int) (classes * Math.pow(random.nextDouble(), 1.5));
      confusion[label][random.nextDouble() < 0.7 ? label : random.nextInt(classes)]++;
    }
    return new TaskReport(
        name,
        names(classes),
        TaskSummary.of(
                name, data(400, classes, seed), data(29 + 10 * seed, classes, seed + 1), Map.of())
            .withFiles(null, Map.of("no text", 2L), 3),
        4,
        ROUNDS,
        evaluation(confusion),
        new TestedTask(evaluation(confusion), samples(60L * classes, classes, seed), List.of()),
        0.58,
        null,
        null);
  }

  /** From a matrix of labels and answers. */
  static Evaluation evaluation(long[][] confusion) {
    int classes = confusion.length;
    long[] right = new long[classes];
    long[] predicted = new long[classes];
    long[] actual = new long[classes];
    SortedMap<Integer, SortedMap<Integer, Long>> wrong = new TreeMap<>();
    for (int label = 0; label < classes; label++) {
      for (int answer = 0; answer < classes; answer++) {
        long n = confusion[label][answer];
        actual[label] += n;
        predicted[answer] += n;
        if (label == answer) {
          right[label] = n;
        } else if (n > 0) {
          wrong.computeIfAbsent(label, unused -> new TreeMap<>()).put(answer, n);
        }
      }
    }
    return new Evaluation(right, predicted, actual, Arrays.stream(actual).sum() * 0.8, wrong);
  }

  private static Evaluation counts(long all, long right, double lossSum) {
    return new Evaluation(new long[] {right}, new long[] {all}, new long[] {all}, lossSum);
  }

  private static DataSetSummary data(long examples, int classes, int seed) {
    return samples(examples, classes, seed).summary(names(classes));
  }

  private static List<String> names(int classes) {
    return IntStream.range(0, classes).mapToObj(c -> "class " + c).toList();
  }

  private static DataTally samples(long examples, int classes, int seed) {
    Random random = new Random(seed);
    SortedMap<Integer, Long> labels = new TreeMap<>();
    SortedMap<Integer, Long> lengths = new TreeMap<>();
    for (int i = 0; i < examples; i++) {
      lengths.merge(Math.min(128, (int) (8 + 20 * Math.abs(random.nextGaussian()))), 1L, Long::sum);
      if (classes > 0) {
        labels.merge(random.nextInt(classes), 1L, Long::sum);
      }
    }
    return new DataTally(labels, new TokenLengths(lengths), lengths.getOrDefault(128, 0L));
  }

  private static List<RoundMetrics> rounds(List<String> tasks) {
    List<RoundMetrics> rounds = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      for (String task : tasks) {
        rounds.add(round(round, task, 1 + Math.abs(task.hashCode() % 97) / 50.0, null));
      }
    }
    return rounds;
  }

  /** The report, as if GPUs had trained the tasks. */
  static RunReport onGpus(RunReport report) {
    return report.withRounds(
        report.rounds().stream().map(m -> round(m.round(), m.task(), 1, GPU_BYTES)).toList());
  }

  /**
   * A round's line.
   *
   * @param gpuBytes null where the CPU trains
   */
  private static RoundMetrics round(int round, String task, double scale, Long gpuBytes) {
    boolean validated = round % 2 == 0;
    return new RoundMetrics(
        round,
        task,
        25 * round,
        25 * ROUNDS,
        scale * Math.exp(-0.4 * round),
        3e-4 * (ROUNDS - round) / ROUNDS,
        4 * scale / round,
        validated ? scale * (0.3 + 0.7 * Math.exp(-0.4 * round)) : null,
        validated ? 0.9 - 0.5 / round : null,
        validated ? 0.8 - 0.5 / round : null,
        null,
        round == 4,
        400,
        9000,
        2,
        0,
        null,
        4_000_000,
        8_000_000,
        1500,
        5,
        3,
        gpuBytes,
        gpuBytes == null ? null : 0.5 + 0.05 * round,
        120 + round,
        3.5,
        new RoundTime(2.5, 0.4, 0.2, 0.1, 0.2, 0.1),
        3 * (ROUNDS - round),
        String.format("2026-03-01T12:%02d:00.250Z", 30 + round));
  }

  /** All of them. */
  static Stream<RunReport> all() {
    return Stream.of(
        classifiers(3, 6),
        classifiers(12, 2),
        classifiers(1, 60),
        languageModel(),
        evil(),
        onGpus(classifiers(2, 3)));
  }
}
