package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Example;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.spark.cli.option.AdapterFolders;
import io.github.cola4j.spark.cli.option.CsvOptions;
import io.github.cola4j.spark.cli.option.DataOptions;
import io.github.cola4j.spark.cli.option.DialogueOptions;
import io.github.cola4j.spark.cli.option.Kinds;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.OutputOptions;
import io.github.cola4j.spark.cli.option.SamplingOptions;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.cli.option.TextOptions;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.TaskColumn;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.InOrder;
import io.github.cola4j.spark.data.row.InputRow;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.inference.AdapterRunner;
import io.github.cola4j.spark.inference.InputJson;
import io.github.cola4j.spark.inference.LabelledLines;
import io.github.cola4j.spark.inference.LanguageModelRunner;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cola predict adapter --data file --output file}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = {
      "Labels texts with a classifier, or answers prompts with language models; writes JSON lines.",
      "Rows of several tasks are answered in one run, each with its own adapter."
    })
final class PredictCommand implements Callable<Integer> {
  private static final JsonMapper MAPPER = new JsonMapper();

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "ADAPTER",
      description =
          "A folder such as OUTPUT/adapters/TASK; or, of language models, one that holds several,"
              + " such as OUTPUT/adapters.")
  private Path adapter;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The frozen model, if it is not where it was at training.")
  private String model;

  @Option(
      names = "--task-column",
      paramLabel = "COLUMN",
      description = "Language model: column of the task whose adapter answers the row.")
  private String taskColumn;

  @Mixin private OutputOptions output;
  @Mixin private DataOptions data;
  @Mixin private CsvOptions csv;
  @Mixin private TextOptions texts;
  @Mixin private DialogueOptions dialogues;
  @Mixin private SamplingOptions sampling;
  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws IOException {
    if (!data.given()) {
      throw new ParameterException(command.commandLine(), "Missing required option: '--data=FILE'");
    }
    data.maxBadRows();
    csv.config();
    output.requireFree(data.files(), adapter);
    List<Path> folders = AdapterFolders.in(adapter);
    boolean isLanguageModel = AdapterStore.describe(folders.get(0)).isLanguageModel();
    if (isLanguageModel) {
      Kinds.languageModel(command, "texts");
    } else {
      Kinds.classifier(command, "dialogues", "sampling");
      if (taskColumn != null || folders.size() > 1) {
        throw new InvalidJobException(
            "classifiers answer one at a time: name the folder of one adapter, without"
                + " --task-column",
            null);
      }
    }
    try (OutputOptions.Claimed claimed = output.claim()) {
      if (isLanguageModel) {
        answer(folders);
      } else {
        label();
      }
      claimed.publish();
    }
    return 0;
  }

  private void label() throws IOException {
    CsvConfig how = csv.config();
    try (OpenSession open = spark.open("CoLA4J predict");
        AdapterRunner runner = new AdapterRunner(open.context(), adapter, model);
        ExampleRows<Example> rows =
            ExampleReader.readInputs(
                open.session(), runner.description().task(), data.files(), texts.columns(), how)) {
      data.checked(runner.description().task(), rows);
      try (LabelledLines lines = runner.lines(rows)) {
        output.write(lines.iterator(), line -> line);
      }
      System.out.printf("%d predictions: %s%n", rows.exampleCount(), output.file());
      output.writeBad(rows.badRows(), rows.badCount());
    }
  }

  private static String refused(long row, InputRow<?> input, BadRow bad) {
    return InputJson.text(MAPPER.createObjectNode(), row, input, bad.reason());
  }

  private void answer(List<Path> folders) throws IOException {
    Sampling how = sampling.sampling();
    CsvConfig separated = csv.config();
    if (folders.size() > 1 && taskColumn == null) {
      throw new InvalidJobException(
          adapter
              + " holds several adapters; name the column of a row's task with --task-column, or"
              + " the folder of one adapter",
          null);
    }
    try (OpenSession open = spark.open("CoLA4J predict");
        LanguageModelRunner runner = new LanguageModelRunner(open.context(), folders, model);
        ExampleRows<PromptRow> rows =
            DialogueReader.readPrompts(
                open.session(),
                data.files(),
                dialogues.format(),
                dialogues.columns(),
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
        write(rows, runner.answer(rows.examples(), how), InOrder.toLocalIterator(refused, more));
        output.writeBad(InOrder.toLocalIterator(all, bad), bad);
      } finally {
        refused.unpersist(true);
      }
    }
  }

  /**
   * Executors answer all rows first; then they come here one partition at a time.
   *
   * @param refused rows without an answer, in their order
   */
  private void write(
      ExampleRows<PromptRow> rows,
      JavaRDD<LanguageModelRunner.Answer> answers,
      Iterator<BadRow> refused)
      throws IOException {
    answers.persist(StorageLevel.MEMORY_AND_DISK_SER());
    try {
      long count = answers.count();
      long cut = answers.filter(answer -> !answer.ended()).count();
      Peeking<LanguageModelRunner.Answer> next = new Peeking<>(answers.toLocalIterator());
      AtomicLong row = new AtomicLong();
      output.write(
          rows.inputs().toLocalIterator(),
          input -> {
            long number = row.incrementAndGet();
            if (input.bad() != null) {
              return refused(number, input, input.bad());
            }
            // one after the other, so that equal rows, which share their fate, need no number
            return next.peek() != null && next.peek().row().equals(input.example())
                ? InputJson.text(line(next.take()), number, input, null)
                : refused(number, input, refused.next());
          });
      System.out.printf("%d answers: %s%n", count, output.file());
      if (cut > 0) {
        System.out.printf("%d of them cut at --max-new-tokens or the last position%n", cut);
      }
    } finally {
      answers.unpersist();
    }
  }

  /** An iterator whose next element can be looked at. */
  private static final class Peeking<T> {
    private final Iterator<T> rest;
    private T next;

    Peeking(Iterator<T> rest) {
      this.rest = rest;
      take();
    }

    /** The next element, or null. */
    T peek() {
      return next;
    }

    T take() {
      T taken = next;
      next = rest.hasNext() ? rest.next() : null;
      return taken;
    }
  }

  private ObjectNode line(LanguageModelRunner.Answer answer) {
    ObjectNode line = MAPPER.createObjectNode();
    if (taskColumn != null) {
      line.put("task", answer.row().task());
    }
    PromptJson.put(line, answer.row());
    line.put("answer", answer.text());
    return answer.ended() ? line : line.put("cut", true);
  }
}
