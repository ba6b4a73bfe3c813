package io.github.cola4j.spark.report;

import com.samskivert.mustache.Mustache;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A report as one HTML page. The template is Mustache, which escapes what comes from data; a policy
 * in the page forbids every request, and every script but the two that are written here.
 */
final class ReportPage {
  private static final String PLOT_VERSION = "1.6.30"; // of the webjar in pom.xml
  private static final String PLOT = "/META-INF/resources/webjars/uplot/" + PLOT_VERSION + "/";
  private static final int DAY = "2026-03-01 ".length();
  private static final int OPEN = 4; // tasks whose details are unfolded

  private final RunReport run;
  private final RunCharts charts;
  private final List<ReportWarning> warnings;
  private final List<TaskView> tasks;

  private ReportPage(RunReport run) {
    this.run = run;
    this.charts = new RunCharts(run.rounds());
    this.warnings = run.warnings();
    Map<String, List<ReportWarning>> warned =
        warnings.stream().collect(Collectors.groupingBy(ReportWarning::task));
    Map<String, List<RoundMetrics>> rounds =
        run.rounds().stream().collect(Collectors.groupingBy(RoundMetrics::task));
    this.tasks =
        IntStream.range(0, run.tasks().size())
            .mapToObj(
                t -> {
                  TaskReport task = run.tasks().get(t);
                  return new TaskView(
                      task,
                      t + 1,
                      rounds.getOrDefault(task.name(), List.of()),
                      warned.getOrDefault(task.name(), List.of()));
                })
            .toList();
  }

  static String html(RunReport run) {
    return Mustache.compiler()
        .emptyStringIsFalse(true)
        .withLoader(name -> new StringReader(text(name + ".mustache")))
        .compile(new StringReader(text("report.mustache")))
        .execute(new ReportPage(run));
  }

  /** A name and its value. */
  record Fact(String name, String value) {}

  /** A part of the time. */
  record Part(String name, String seconds, String share, String width) {}

  String name() {
    return run.name();
  }

  String model() {
    return run.model();
  }

  String adapter() {
    return run.adapter();
  }

  String metric() {
    return run.metric();
  }

  String began() {
    return time(0);
  }

  String ended() {
    String end = time(run.rounds().size() - 1);
    boolean sameDay = end.length() > DAY && began().startsWith(end.substring(0, DAY));
    return sameDay ? end.substring(DAY) : end;
  }

  private String time(int round) {
    String timestamp = run.rounds().isEmpty() ? null : run.rounds().get(round).timestamp();
    return timestamp == null ? Show.NONE : timestamp.replaceFirst("T", " ").substring(0, 16);
  }

  String taskCount() {
    return Show.count(run.tasks().size());
  }

  String roundCount() {
    return String.valueOf(run.rounds().stream().mapToInt(RoundMetrics::round).max().orElse(0));
  }

  boolean costKnown() {
    return run.cost() != null;
  }

  boolean versioned() {
    return !run.versions().isEmpty();
  }

  boolean hashed() {
    return !run.hashes().isEmpty();
  }

  String trained() {
    return Show.count(run.cost().adapterParameters());
  }

  String frozen() {
    return Show.count(run.cost().modelParameters());
  }

  String took() {
    return Show.seconds(run.cost().seconds());
  }

  String memory() {
    return String.format(Locale.ROOT, "%.1f GB", run.cost().peakMemoryBytes() / 1e9);
  }

  boolean onGpu() {
    return RunCharts.gpuMemory(run.rounds().stream()) != null;
  }

  String gpu() {
    Double busy = RunCharts.gpuUtilization(run.rounds().stream());
    return String.format(
        Locale.ROOT,
        "%.1f GB in use at most%s",
        RunCharts.gpuMemory(run.rounds().stream()),
        busy == null ? "" : ", " + Show.percent(busy) + " utilisation");
  }

  boolean warned() {
    return !warnings.isEmpty();
  }

  List<ReportWarning> warnings() {
    return warnings;
  }

  List<TaskView> tasks() {
    return tasks;
  }

  List<TaskView> classifiers() {
    return tasks.stream().filter(TaskView::classifier).toList();
  }

  List<TaskView> languageModels() {
    return tasks.stream().filter(TaskView::languageModel).toList();
  }

  List<TaskView> regressions() {
    return tasks.stream().filter(TaskView::regression).toList();
  }

  boolean hasRegressions() {
    return !regressions().isEmpty();
  }

  boolean hasClassifiers() {
    return !classifiers().isEmpty();
  }

  boolean hasLanguageModels() {
    return !languageModels().isEmpty();
  }

  boolean probed() {
    return run.tasks().stream().anyMatch(task -> task.probe() != null);
  }

  boolean preferences() {
    return run.tasks().stream().anyMatch(task -> task.evaluation().margin() != null);
  }

  boolean asked() {
    return run.tasks().stream().anyMatch(task -> task.choices() != null);
  }

  boolean anyGenerated() {
    return tasks.stream().anyMatch(TaskView::generated);
  }

  boolean few() {
    return tasks.size() <= OPEN;
  }

  List<Chart> charts() {
    return charts.all();
  }

  List<Part> time() {
    RoundTime time = charts.time();
    List<String> names = List.of("train", "wait", "reduce", "broadcast", "validate", "checkpoint");
    List<Double> parts = RunCharts.times(time).toList();
    return IntStream.range(0, names.size())
        .mapToObj(
            p ->
                new Part(
                    names.get(p),
                    String.format(Locale.ROOT, "%.1f", parts.get(p)),
                    Show.percent(parts.get(p) / time.total()),
                    String.format(Locale.ROOT, "%.2f%%", 100 * parts.get(p) / time.total())))
        .toList();
  }

  String roundsTook() {
    return Show.seconds(charts.time().total());
  }

  String settings() {
    return run.settings();
  }

  List<Fact> versions() {
    return facts(run.versions());
  }

  List<Fact> hashes() {
    return facts(run.hashes());
  }

  private static List<Fact> facts(Map<String, String> facts) {
    return facts.entrySet().stream().map(fact -> new Fact(fact.getKey(), fact.getValue())).toList();
  }

  // what is the same in every report

  String style() {
    return text(PLOT + "dist/uPlot.min.css") + text("report.css");
  }

  String plotVersion() {
    return PLOT_VERSION;
  }

  /** Of the charts' script, which every copy has to have with it. */
  String licence() {
    return text(PLOT + "LICENSE");
  }

  String plot() {
    return text(PLOT + "dist/uPlot.iife.min.js");
  }

  String script() {
    return text("report.js");
  }

  /** Of a page that asks nobody for anything. */
  String policy() {
    return "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
        + " script-src "
        + String.join(" ", Stream.of(plot(), script()).map(ReportPage::hash).toList());
  }

  private static String hash(String script) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(String resource) {
    try (InputStream in = ReportPage.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            "the class path has no " + resource + ", which reports are made with");
      }
      try (Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
        StringWriter text = new StringWriter();
        reader.transferTo(text);
        return text.toString();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
