package io.github.cola4j.spark.cli;

import io.github.cola4j.data.Example;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.Speculation;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.CsvOptions;
import io.github.cola4j.spark.cli.option.DataOptions;
import io.github.cola4j.spark.cli.option.DialogueOptions;
import io.github.cola4j.spark.cli.option.DraftOptions;
import io.github.cola4j.spark.cli.option.Kinds;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.OutputOptions;
import io.github.cola4j.spark.cli.option.ResultArgument;
import io.github.cola4j.spark.cli.option.SamplingOptions;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.cli.option.TextOptions;
import io.github.cola4j.spark.cli.output.PredictionOutput;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.TaskColumn;
import io.github.cola4j.spark.data.TaskRow;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.InOrder;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.inference.AnsweredLines;
import io.github.cola4j.spark.inference.DraftModel;
import io.github.cola4j.spark.inference.LanguageModelRunner;
import io.github.cola4j.spark.inference.MultiTaskRunner;
import io.github.cola4j.spark.output.OutputLines;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code cola predict adapter --data file --output file}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = {
      "Labels texts with classifiers, or answers prompts with language models.",
      "Rows of several tasks are answered in one run, each with its own adapter."
    })
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Mixin private ResultArgument result;

  @Option(
      names = "--task-column",
      paramLabel = "COLUMN",
      description = "Column of the task whose adapter a row is for.")
  private String taskColumn;

  @Mixin private OutputOptions output;
  @Mixin private DataOptions data;
  @Mixin private CsvOptions csv;
  @Mixin private TextOptions texts;
  @Mixin private DialogueOptions dialogues;
  @Mixin private SamplingOptions sampling;
  @Mixin private DraftOptions draft;
  @Mixin private SparkOptions spark;
  @Mixin private ConsoleOptions console;

  /**
   * What is printed as JSON.
   *
   * @param acceptanceRate of the draft model's tokens; null without one
   * @param badRowsIn where bad rows went that were set aside
   */
  private record Predicted(
      String output,
      List<String> tasks,
      Long predictions,
      Long answers,
      Long cut,
      Double acceptanceRate,
      Double tokensPerPass,
      long badRows,
      String badRowsIn) {

    static Predicted ofAnswers(
        String output, List<String> tasks, Answered answered, long badRows, String badRowsIn) {
      Speculation draft = answered.draft();
      boolean has = draft.isUsed();
      return new Predicted(
          output,
          tasks,
          null,
          answered.count(),
          answered.cut(),
          has ? draft.acceptanceRate() : null,
          has ? draft.tokensPerPass() : null,
          badRows,
          badRowsIn);
    }
  }

  /**
   * How many answers there are.
   *
   * @param cut of these, those that did not come to their end
   * @param draft what the draft model was good for
   */
  private record Answered(long count, long cut, Speculation draft) {}

  @Override
  public Integer call() throws IOException {
    if (!data.given()) {
      throw new ParameterException(command.commandLine(), "Missing required option: '--data=FILE'");
    }
    data.maxBadRows();
    csv.config();
    PredictionOutput place = output.place();
    if (taskColumn != null && result.hasTask()) {
      throw new ParameterException(
          command.commandLine(), "--task and --task-column exclude each other; leave one out");
    }
    place.requireFree(data.files(), result.name());
    return result.use(folders -> predict(place, folders));
  }

  private Integer predict(PredictionOutput place, List<Path> folders) throws IOException {
    boolean isLanguageModel = AdapterStore.describe(folders.get(0)).isLanguageModel();
    if (isLanguageModel) {
      Kinds.languageModel(command, "texts");
    } else {
      Kinds.classifier(command, "dialogues", "sampling", "draft");
    }
    if (folders.size() > 1 && taskColumn == null) {
      throw result.several(
          folders, "name the column of a row's task with --task-column, or one task with --task");
    }
    try (PredictionOutput.Claimed claimed = place.claim();
        OpenSession open = spark.open("CoLA4J predict")) {
      claimed.require(open.session());
      if (isLanguageModel) {
        draft.use(
            proposing -> {
              answer(open, folders, claimed, proposing);
              return null;
            });
      } else {
        label(open, folders, claimed);
      }
      claimed.publish();
    }
    return 0;
  }

  private void label(OpenSession open, List<Path> folders, PredictionOutput.Claimed claimed)
      throws IOException {
    CsvConfig how = csv.config();
    try (MultiTaskRunner runner = MultiTaskRunner.load(open.session(), folders, result.model());
        ExampleRows<TaskRow<Example>> rows =
            ExampleReader.readInputs(
                open.session(),
                data.files(),
                texts.columns(runner.descriptions()),
                new TaskColumn(taskColumn, runner.tasks()),
                how)) {
      data.checked(String.join(", ", runner.tasks()), rows);
      try (OutputLines lines = runner.lines(rows, output.keepsBad())) {
        claimed.write(open.session(), lines, rows.types());
      }
      console().printf("%d predictions: %s%n", rows.exampleCount(), output.name());
      String badIn = writeBad(claimed, rows.badRows(), rows.badCount());
      json(
          new Predicted(
              output.name(),
              runner.tasks(),
              rows.exampleCount(),
              null,
              null,
              null,
              null,
              rows.badCount(),
              badIn));
    }
  }

  /** Where it is said how many there are: not among the predictions. */
  private PrintStream console() {
    return output.isDevice() ? console.console().progress() : console.console().text();
  }

  /** The same as JSON; of a device its lines are the result. */
  private void json(Predicted result) {
    if (!output.isDevice()) {
      console.console().json(result);
    }
  }

  /** Where bad rows went that were set aside; null if none were. */
  private String writeBad(PredictionOutput.Claimed claimed, Iterator<BadRow> rows, long count)
      throws IOException {
    if (count == 0) {
      return null;
    }
    if (!output.setsBadAside()) {
      console().printf("%d bad rows are among them, with their reason%n", count);
      return null;
    }
    String place = claimed.writeBad(rows, count);
    String told = count + " bad rows: " + place;
    if (output.isDevice()) {
      console.console().warning(told);
    } else {
      console().println(told);
    }
    return place;
  }

  private void answer(
      OpenSession open, List<Path> folders, PredictionOutput.Claimed claimed, DraftModel proposing)
      throws IOException {
    Sampling how = sampling.sampling();
    CsvConfig separated = csv.config();
    try (LanguageModelRunner runner =
            new LanguageModelRunner(open.context(), folders, result.model());
        DraftModel.Sent sent = proposing == null ? null : runner.send(open.context(), proposing);
        ExampleRows<PromptRow> rows =
            DialogueReader.readPrompts(
                open.session(),
                data.files(),
                dialogues.answered(runner.descriptions()),
                dialogues.columns(runner.descriptions()),
                new TaskColumn(taskColumn, runner.tasks()),
                dialogues.encoding(),
                separated)) {
      String title = String.join(", ", runner.tasks());
      data.checked(title, rows);
      JavaRDD<BadRow> refused = runner.refused(rows.examples());
      refused.persist(StorageLevel.MEMORY_AND_DISK_SER());
      try {
        long more = refused.count();
        long bad = rows.badCount() + more;
        JavaRDD<BadRow> all = rows.bad().union(refused);
        if (more > 0) {
          Map<String, Long> kinds = new TreeMap<>(rows.badByKind());
          kinds.merge(PromptRow.NO_ANSWER, more, Long::sum);
          Quarantine.check(title, kinds, data.maxBadRows(), all.first());
        }
        JavaRDD<LanguageModelRunner.Answer> answers = runner.answer(rows.examples(), how, sent);
        Answered counts = write(open, claimed, rows, answers, refused);
        String badIn = writeBad(claimed, InOrder.toLocalIterator(all, bad), bad);
        json(Predicted.ofAnswers(output.name(), runner.tasks(), counts, bad, badIn));
      } finally {
        refused.unpersist(true);
      }
    }
  }

  /** Executors answer all rows first. */
  private Answered write(
      OpenSession open,
      PredictionOutput.Claimed claimed,
      ExampleRows<PromptRow> rows,
      JavaRDD<LanguageModelRunner.Answer> answers,
      JavaRDD<BadRow> refused)
      throws IOException {
    answers.persist(StorageLevel.MEMORY_AND_DISK_SER());
    try {
      long count = answers.count();
      long cut = answers.filter(answer -> !answer.ended()).count();
      try (OutputLines lines =
          AnsweredLines.of(rows, answers, refused, taskColumn != null, output.keepsBad())) {
        claimed.write(open.session(), lines, rows.types());
      }
      console().printf("%d answers: %s%n", count, output.name());
      if (cut > 0) {
        console().printf("%d of them cut at --max-new-tokens or the last position%n", cut);
      }
      Speculation draft =
          answers
              .map(LanguageModelRunner.Answer::speculation)
              .fold(Speculation.NONE, Speculation::plus);
      if (draft.isUsed()) {
        console().println(DraftOptions.line(draft));
      }
      return new Answered(count, cut, draft);
    } finally {
      answers.unpersist();
    }
  }
}
