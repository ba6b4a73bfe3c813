package io.github.cola4j.spark.cli;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.spark.cli.option.ChoiceOptions;
import io.github.cola4j.spark.cli.option.CsvOptions;
import io.github.cola4j.spark.cli.option.DataOptions;
import io.github.cola4j.spark.cli.option.DialogueOptions;
import io.github.cola4j.spark.cli.option.Kinds;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.cli.option.TextOptions;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.MultipleChoiceReader;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.inference.AdapterRunner;
import io.github.cola4j.spark.inference.LanguageModelRunner;
import io.github.cola4j.spark.inference.MultipleChoiceEvaluation;
import io.github.cola4j.spark.job.LocalFolder;
import io.github.cola4j.spark.job.spec.ChoiceSpec;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.train.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cola evaluate adapter --data file}. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Measures a trained adapter.",
      "A classifier on labelled data; a language model on dialogues with answers, on"
          + " multiple-choice questions, or both."
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(paramLabel = "ADAPTER", description = "A folder such as OUTPUT/adapters/TASK.")
  private String adapter;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The frozen model, if it is not where it was at training.")
  private String model;

  @Option(
      names = "--base",
      description = "Language model: measures the frozen model alone beside it.")
  private boolean base;

  @Mixin private DataOptions data;
  @Mixin private CsvOptions csv;
  @Mixin private TextOptions texts;
  @Mixin private DialogueOptions dialogues;
  @Mixin private ChoiceOptions choices;
  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws IOException {
    if (!data.given() && !choices.given()) {
      throw new ParameterException(
          command.commandLine(), "give --data, or --choices to ask a language model");
    }
    data.maxBadRows();
    csv.config();
    try (LocalFolder folder = LocalFolder.of(adapter)) {
      return folder.use(this::evaluate);
    }
  }

  private Integer evaluate(Path folder) throws IOException {
    if (AdapterStore.describe(folder).isLanguageModel()) {
      Kinds.languageModel(command, "texts");
      languageModel(folder);
    } else {
      Kinds.classifier(command, "dialogues", "choices");
      if (base) {
        throw new InvalidJobException("--base is an option of language models", null);
      }
      classifier(folder);
    }
    return 0;
  }

  private void classifier(Path folder) throws IOException {
    CsvConfig how = csv.config();
    try (OpenSession open = spark.open("CoLA4J evaluate");
        AdapterRunner runner = new AdapterRunner(open.context(), folder, model);
        ExampleRows<Example> rows =
            ExampleReader.read(
                open.session(),
                runner.description().task(),
                data.files(),
                texts.columns(List.of(runner.description())),
                true,
                how)) {
      data.checked(runner.description().task(), rows);
      Evaluation evaluation = runner.evaluate(rows.examples());
      System.out.printf(
          Locale.ROOT,
          "%s: %d examples, accuracy %.2f%%, macro-F1 %.2f%%, loss %.4f; %d bad rows%n",
          runner.description().task(),
          evaluation.examples(),
          100 * evaluation.accuracy(),
          100 * evaluation.macroF1(),
          evaluation.loss(),
          rows.badCount());
    }
  }

  private void languageModel(Path folder) throws IOException {
    ChoiceSpec questions = choices.given() ? choices.spec() : null;
    try (OpenSession open = spark.open("CoLA4J evaluate");
        LanguageModelRunner runner =
            new LanguageModelRunner(open.context(), List.of(folder), model)) {
      if (data.given()) {
        measure(open.session(), runner);
      }
      if (questions != null) {
        ask(open.session(), runner, questions);
      }
    }
  }

  private void measure(SparkSession session, LanguageModelRunner runner) {
    String task = runner.tasks().get(0);
    try (ExampleRows<Dialogue> rows =
        DialogueReader.read(
            session,
            task,
            data.files(),
            dialogues.format(List.of(runner.description(task))),
            dialogues.columns(List.of(runner.description(task))),
            dialogues.encoding(),
            csv.config())) {
      data.checked(task, rows);
      LanguageModelRunner.Score score = runner.evaluate(task, false, rows.examples());
      if (score.dialogues() == 0) {
        throw new IllegalArgumentException(
            "task '"
                + task
                + "': all "
                + score.dropped()
                + " dialogues are dropped: answers are empty, the prompt template cannot write"
                + " them, or prompts alone fill the "
                + runner.description(task).maxLength()
                + " tokens of the adapter's training.maxLength");
      }
      System.out.printf(
          "%s: %s, %d supervised tokens of %d dialogues; %d dropped, %d truncated, %d bad rows%n",
          task,
          shown(score.tokens()),
          score.tokens().examples(),
          score.dialogues(),
          score.dropped(),
          score.truncated(),
          rows.badCount());
      if (base) {
        Evaluation frozen = runner.evaluate(task, true, rows.examples()).tokens();
        System.out.printf("frozen model: %s%n", shown(frozen));
      }
    }
  }

  private static String shown(Evaluation tokens) {
    return String.format(
        Locale.ROOT,
        "loss %.4f, perplexity %.3f, token accuracy %.2f%%",
        tokens.loss(),
        tokens.perplexity(),
        100 * tokens.accuracy());
  }

  private void ask(SparkSession session, LanguageModelRunner runner, ChoiceSpec how) {
    String task = runner.tasks().get(0);
    try (ExampleRows<MultipleChoice> rows =
        MultipleChoiceReader.read(
            session, task, choices.files(), dialogues.encoding(), csv.config())) {
      data.checked(task, rows);
      MultipleChoiceEvaluation evaluation =
          how.evaluation(task, rows.examples(), runner.description(task).prompt(), choices.seed());
      System.out.printf(
          "%s: %s; %d bad rows%n",
          task, right(runner.evaluateChoices(task, false, evaluation)), rows.badCount());
      if (base) {
        System.out.printf(
            "frozen model: %s%n", right(runner.evaluateChoices(task, true, evaluation)));
      }
    }
  }

  private static String right(Evaluation answers) {
    return String.format(
        Locale.ROOT, "%.2f%% of %d questions right", 100 * answers.accuracy(), answers.examples());
  }
}
