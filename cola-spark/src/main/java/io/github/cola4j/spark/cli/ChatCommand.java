package io.github.cola4j.spark.cli;

import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.generate.Generator;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.Speculation;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.DraftOptions;
import io.github.cola4j.spark.cli.option.SamplingOptions;
import io.github.cola4j.spark.inference.DraftModel;
import io.github.cola4j.spark.job.LocalFolder;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola chat adapter|model}. */
@Command(
    name = "chat",
    mixinStandardHelpOptions = true,
    description = {
      "Talks with a language model, for a quick look; without Spark.",
      "A line is a message; /reset forgets the dialogue, /quit or the end of the input ends."
    })
final class ChatCommand implements Callable<Integer> {
  private static final String RESET = "/reset";
  private static final String QUIT = "/quit";

  @Parameters(
      paramLabel = "WHAT",
      description = "An adapter's folder such as OUTPUT/adapters/TASK, or a model's.")
  private String what;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "An adapter's frozen model, if it is not where it was at training.")
  private String model;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description =
          "How the dialogue is written: alpaca, plain, llama3, chatml or model, the model's own"
              + " (default: the adapter's; of a model its own).")
  private String template;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "The system's message, with which a dialogue begins.")
  private String system;

  @Mixin private SamplingOptions sampling;
  @Mixin private DraftOptions draft;
  @Mixin private ConsoleOptions console;

  /**
   * A message and its answer, as JSON has them; a line each.
   *
   * @param acceptanceRate of the draft model's tokens; null without one
   */
  private record Answered(
      String message,
      String answer,
      Boolean ended,
      String error,
      Double acceptanceRate,
      Double tokensPerPass) {

    static Answered of(String message, String answer, Generator.Written written) {
      Speculation draft = written.speculation();
      boolean has = draft.isUsed();
      return new Answered(
          message,
          answer,
          written.ended(),
          null,
          has ? draft.acceptanceRate() : null,
          has ? draft.tokensPerPass() : null);
    }
  }

  @Override
  public Integer call() throws IOException {
    Sampling how = sampling.sampling();
    return draft.use(proposing -> chat(how, proposing));
  }

  private int chat(Sampling how, DraftModel proposing) throws IOException {
    if (!LocalFolder.isAdapter(what)) {
      try (Chat chat = withModel(how, proposing)) {
        talk(chat);
      }
      return 0;
    }
    try (LocalFolder local = LocalFolder.of(what)) {
      return local.use(
          folder -> {
            try (Chat chat = withAdapter(folder, how, proposing)) {
              talk(chat);
            }
            return 0;
          });
    }
  }

  private Chat withAdapter(Path folder, Sampling how, DraftModel proposing) {
    AdapterStore.Description description = AdapterStore.describe(folder);
    if (!description.isLanguageModel()) {
      throw new IllegalArgumentException(
          "adapter " + what + " is a classifier's, which has nothing to say; use predict");
    }
    BaseModel base =
        BaseModel.load(model == null ? description.model() : model, description.weightOptions());
    description.requireModel(what, base.location(), base.fingerprint());
    PromptConfig prompt = template == null ? description.prompt() : prompt(template);
    announce(base, "adapter " + description.task(), prompt);
    return Chat.withAdapter(base, folder, prompt, system, how, proposing);
  }

  private Chat withModel(Sampling how, DraftModel proposing) {
    if (model != null) {
      throw new InvalidJobException(
          "--model is for an adapter; " + what + " is none, so it is taken for a model", null);
    }
    BaseModel base = BaseModel.load(what);
    PromptConfig prompt = prompt(template == null ? PromptTemplates.MODEL : template);
    announce(base, "no adapter", prompt);
    return Chat.withModel(base, prompt, system, how, proposing);
  }

  private static PromptConfig prompt(String name) {
    try {
      return PromptConfig.defaults().withTemplate(name);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--template: " + e.getMessage(), e);
    }
  }

  private void announce(BaseModel base, String adapter, PromptConfig prompt) {
    base.decoder();
    console
        .console()
        .report()
        .printf(
            "%s, %s, template %s; %s forgets the dialogue, %s ends%n",
            base.location(), adapter, prompt.template(), RESET, QUIT);
  }

  private void talk(Chat chat) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
    Console printed = console.console();
    PrintStream out = printed.text();
    while (true) {
      out.print("> ");
      out.flush();
      String line = lines.readLine();
      if (line == null || line.strip().equals(QUIT)) {
        out.println();
        if (chat.speculation().isUsed()) {
          out.println(DraftOptions.line(chat.speculation()));
        }
        return;
      }
      if (line.strip().equals(RESET)) {
        chat.reset();
      } else if (!line.isBlank()) {
        answer(chat, line, printed);
      }
    }
  }

  /** What cannot be answered is told, and forgotten. */
  private static void answer(Chat chat, String line, Console printed) {
    PrintStream out = printed.text();
    StringBuilder answer = new StringBuilder();
    try {
      Generator.Written written =
          chat.answer(
              line,
              piece -> {
                answer.append(piece);
                out.print(piece);
                out.flush();
              });
      out.println(written.ended() ? "" : " […]");
      printed.json(Answered.of(line, answer.toString(), written));
    } catch (IllegalArgumentException e) {
      out.println("error: " + e.getMessage() + "; the message is forgotten, or " + RESET);
      printed.json(new Answered(line, null, null, e.getMessage(), null, null));
    }
  }
}
