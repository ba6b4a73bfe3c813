package io.github.cola4j.spark.report;

import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The charts of a whole run: a line for each of a few tasks, or what many have between them. */
final class RunCharts {
  private static final int MOST_LINES = 8; // colours that are told apart

  private final Map<String, List<RoundMetrics>> byTask = new LinkedHashMap<>();
  private final Map<Integer, List<RoundMetrics>> byRound = new TreeMap<>();

  RunCharts(List<RoundMetrics> rounds) {
    for (RoundMetrics round : rounds) {
      byTask.computeIfAbsent(round.task(), task -> new ArrayList<>()).add(round);
      byRound.computeIfAbsent(round.round(), number -> new ArrayList<>()).add(round);
    }
  }

  /** Those that have numbers. */
  List<Chart> all() {
    return Stream.of(
            ofTasks("loss", "Training loss", "", RoundMetrics::loss, Show::number),
            ofTasks(
                "validation-loss",
                "Validation loss",
                "",
                RoundMetrics::validationLoss,
                Show::number),
            ofTasks("accuracy", "Validation accuracy", "%", RoundMetrics::accuracy, Show::percent),
            ofTasks("rate", "Learning rate", "", RoundMetrics::learningRate, Show::number),
            ofTasks(
                "norm",
                "Gradient norm before clipping",
                "",
                RoundMetrics::gradientNorm,
                Show::number),
            chart(
                "throughput",
                "Throughput",
                "examples/s",
                "line",
                List.of("all tasks"),
                round -> List.of(Show.number(round.get(0).examplesPerSecond()))),
            chart(
                "time",
                "Time of a round",
                "s",
                "stack",
                List.of("train", "wait", "reduce", "broadcast", "validate", "checkpoint"),
                round -> times(round.get(0).time()).map(Show::number).toList()),
            chart(
                "bytes",
                "Bytes of a round",
                "MB",
                "line",
                List.of("to an executor", "from executors"),
                round ->
                    List.of(
                        megabytes(round, RoundMetrics::bytesToExecutors),
                        megabytes(round, RoundMetrics::bytesFromExecutors))),
            chart(
                "gpu-memory",
                "GPU memory in use",
                "GB",
                "line",
                List.of("fullest GPU"),
                round -> List.of(Show.number(gpuMemory(round.stream())))),
            chart(
                "gpu-utilization",
                "GPU utilisation",
                "%",
                "line",
                List.of("mean"),
                round -> List.of(Show.percent(gpuUtilization(round.stream())))))
        .filter(Chart::hasNumbers)
        .toList();
  }

  /** The parts of a time, in the order of {@link RoundTime}. */
  static Stream<Double> times(RoundTime time) {
    return Stream.of(
        time.train(),
        time.waiting(),
        time.reduce(),
        time.broadcast(),
        time.validate(),
        time.checkpoint());
  }

  /** All rounds' times together. */
  RoundTime time() {
    return byRound.values().stream()
        .map(round -> round.get(0).time())
        .reduce(RoundTime.ZERO, RoundTime::plus);
  }

  /** GB of the fullest GPU in some rounds; null if there is none. */
  static Double gpuMemory(Stream<RoundMetrics> rounds) {
    return rounds
        .map(RoundMetrics::gpuMemoryBytes)
        .filter(Objects::nonNull)
        .max(Long::compare)
        .map(bytes -> bytes / 1e9)
        .orElse(null);
  }

  /** Mean over the seconds of training in some rounds; null if it is unknown. */
  static Double gpuUtilization(Stream<RoundMetrics> rounds) {
    List<RoundMetrics> known = rounds.filter(round -> round.gpuUtilization() != null).toList();
    double seconds = known.stream().mapToDouble(RoundMetrics::shardSeconds).sum();
    return seconds == 0
        ? null
        : known.stream().mapToDouble(m -> m.gpuUtilization() * m.shardSeconds()).sum() / seconds;
  }

  private static String megabytes(List<RoundMetrics> round, ToLongFunction<RoundMetrics> bytes) {
    return Show.megabytes(round.stream().mapToLong(bytes).sum());
  }

  private Chart chart(
      String id,
      String title,
      String unit,
      String kind,
      List<String> columns,
      Function<List<RoundMetrics>, List<String>> cells) {
    List<Chart.Row> rows =
        byRound.entrySet().stream()
            .map(round -> new Chart.Row(round.getKey(), cells.apply(round.getValue())))
            .toList();
    return new Chart("chart-" + id, title, unit, kind, columns, rows);
  }

  private Chart ofTasks(
      String id,
      String title,
      String unit,
      Function<RoundMetrics, Double> value,
      Function<Double, String> shown) {
    if (byTask.size() > MOST_LINES) {
      return chart(
          id,
          title,
          unit,
          "line",
          List.of("median task", "lowest", "highest"),
          round -> spread(round, value, shown));
    }
    return chart(
        id,
        title,
        unit,
        "line",
        List.copyOf(byTask.keySet()),
        round -> byTask.keySet().stream().map(task -> of(task, round, value, shown)).toList());
  }

  private static String of(
      String task,
      List<RoundMetrics> round,
      Function<RoundMetrics, Double> value,
      Function<Double, String> shown) {
    return round.stream()
        .filter(each -> each.task().equals(task))
        .map(value)
        .filter(Objects::nonNull)
        .map(shown)
        .findFirst()
        .orElse(Show.NONE);
  }

  private static List<String> spread(
      List<RoundMetrics> round,
      Function<RoundMetrics, Double> value,
      Function<Double, String> shown) {
    List<Double> sorted =
        round.stream().map(value).filter(v -> v != null && !v.isNaN()).sorted().toList();
    return sorted.isEmpty()
        ? List.of(Show.NONE, Show.NONE, Show.NONE)
        : Stream.of(sorted.get(sorted.size() / 2), sorted.get(0), sorted.get(sorted.size() - 1))
            .map(shown)
            .toList();
  }
}
