package io.github.cola4j.examples.bench;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.template.DialogueEncoder;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.generate.Generator;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.Speculation;
import io.github.cola4j.model.generate.SpeculativeGenerator;
import io.github.cola4j.model.generate.SpeculativeGenerator.Draft;
import io.github.cola4j.model.generate.TextGenerator;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Answers with a draft model and without one: the share of accepted tokens, the cost of the passes,
 * and the ratio of tokens a second.
 */
@Command(
    name = "speculative",
    mixinStandardHelpOptions = true,
    description = "Text by speculative decoding, relative to the model alone.")
public final class SpeculativeBench implements Callable<Integer> {
  private static final List<String> QUESTIONS =
      List.of(
          "What is the capital of France?",
          "Explain in a few sentences why the sky is blue.",
          "Write a short story about a lighthouse keeper.",
          "List five uses of a paper clip.",
          "How do I boil an egg?",
          "What is the difference between a list and a set?");

  /**
   * One number of proposals.
   *
   * @param tokens γ
   * @param passCost time of a target pass over γ + 1 tokens, relative to one token
   * @param draftCost time of a draft pass over one token, relative to the target's
   * @param speedUp tokens a second, relative to the target alone in the same round; the median
   */
  public record Row(
      int tokens,
      double passCost,
      double draftCost,
      double acceptanceRate,
      double tokensPerPass,
      Samples tokensPerSecond,
      double speedUp) {}

  @Parameters(paramLabel = "MODEL", description = "The model that answers.")
  private String model;

  @Parameters(paramLabel = "DRAFT", description = "The draft model; may be the same folder.")
  private String draft;

  @Option(
      names = "--quantize-draft",
      paramLabel = "TYPE",
      description = "int8 or nf4, what the draft's weights are quantised to (default: as stored).")
  private Quantization quantize;

  @Option(
      names = "--draft-tokens",
      paramLabel = "N",
      defaultValue = "1,2,4",
      split = ",",
      description = "Tokens proposed at a time (default ${DEFAULT-VALUE}).")
  private List<Integer> tokens;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "48",
      description = "Tokens of an answer (default ${DEFAULT-VALUE}).")
  private int maxNewTokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0",
      description = "0 is greedy decoding (default ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      defaultValue = PromptTemplates.MODEL,
      description = "Prompt template (default ${DEFAULT-VALUE}).")
  private String template;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Measured rounds over everything (default ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads of BLAS (default ${DEFAULT-VALUE}).")
  private int threads;

  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() {
    Console printed = console.console();
    printed.json(Map.of("rows", run(printed.report())));
    return 0;
  }

  private List<Row> run(PrintStream out) {
    if (rounds < 1) {
      throw new IllegalArgumentException("--rounds must be at least 1, got " + rounds);
    }
    Kernels.limitThreads(threads);
    BaseModel target = BaseModel.load(model);
    BaseModel proposing = BaseModel.load(draft, new WeightOptions(Precision.FLOAT32, quantize));
    target.textTokenizer().requireSame(proposing.textTokenizer());
    Sampling sampling =
        Sampling.defaults().withMaxNewTokens(maxNewTokens).withTemperature(temperature);
    Machine.print(
        out,
        String.format(
            Locale.ROOT,
            "speculative %s %s --max-new-tokens %d --temperature %s --rounds %d --threads %d%s",
            model,
            draft,
            maxNewTokens,
            temperature,
            rounds,
            threads,
            quantize == null ? "" : " --quantize-draft " + quantize),
        DataType.FLOAT);
    try (Pass pass = target.newPass()) {
      return rows(target, proposing, sampling, pass, out);
    }
  }

  private List<Row> rows(
      BaseModel target, BaseModel proposing, Sampling sampling, Pass pass, PrintStream out) {
    List<Generator.Text> texts = texts(target);
    List<Answers> all = new ArrayList<>();
    all.add(new Answers(new TextGenerator(target.decoder()), texts, sampling, pass));
    List<DoubleSupplier> variants = new ArrayList<>();
    PassTime one = new PassTime(target.decoder(), texts.get(0).prompt(), 1, pass);
    variants.add(one::seconds);
    variants.add(new PassTime(proposing.decoder(), texts.get(0).prompt(), 1, pass)::seconds);
    for (int n : tokens) {
      variants.add(new PassTime(target.decoder(), texts.get(0).prompt(), n + 1, pass)::seconds);
      Draft of = new Draft(proposing.decoder(), Adapters.NONE, n);
      all.add(new Answers(new SpeculativeGenerator(target.decoder(), of), texts, sampling, pass));
    }
    all.forEach(answers -> variants.add(answers::rate));
    List<Samples> values = Samples.interleaved(variants, 1, rounds);
    double single = values.get(0).median();
    Samples alone = values.get(tokens.size() + 2);
    out.printf(
        "%6s %10s %10s %10s %12s %26s %10s%n",
        "tokens", "pass cost", "draft cost", "accepted", "tokens/pass", "tokens/s", "speed-up");
    out.printf(
        Locale.ROOT, "%6s %10s %10s %10s %12s %26s%n", "-", "1", "-", "-", "1", alone.text(1));
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      Speculation speculation = all.get(i + 1).speculation;
      Samples rate = values.get(tokens.size() + 3 + i);
      Row row =
          new Row(
              tokens.get(i),
              values.get(2 + i).median() / single,
              values.get(1).median() / single,
              speculation.acceptanceRate(),
              speculation.tokensPerPass(),
              rate,
              rate.dividedBy(alone).median());
      rows.add(row);
      out.printf(
          Locale.ROOT,
          "%6d %10.2f %10.2f %9.1f%% %12.2f %26s %10.2f%n",
          row.tokens(),
          row.passCost(),
          row.draftCost(),
          100 * row.acceptanceRate(),
          row.tokensPerPass(),
          rate.text(1),
          row.speedUp());
    }
    out.printf(
        Locale.ROOT,
        "%nMedian (smallest..largest) of %d interleaved rounds of %d answers, one at a time, after 1"
            + " of%nwarm-up. A token alone takes the model %.1f ms.%n",
        rounds,
        texts.size(),
        1000 * single);
    return rows;
  }

  private List<Generator.Text> texts(BaseModel target) {
    PromptConfig prompt = PromptConfig.defaults().withTemplate(template);
    DialogueEncoder encoder = target.dialogues(prompt, Integer.MAX_VALUE);
    Set<Integer> stopIds = target.stopIds(prompt);
    List<Generator.Text> texts = new ArrayList<>();
    for (String question : QUESTIONS) {
      int[] ids = encoder.prompt(new Dialogue(List.of(new Message(Role.USER, question))));
      texts.add(new Generator.Text(ids, Adapters.NONE, stopIds, texts.size()));
    }
    return texts;
  }

  /** All answers, one at a time. */
  private static final class Answers {
    private final Generator generator;
    private final List<Generator.Text> texts;
    private final Sampling sampling;
    private final Pass pass;
    private Speculation speculation; // of the last time

    Answers(Generator generator, List<Generator.Text> texts, Sampling sampling, Pass pass) {
      this.generator = generator;
      this.texts = texts;
      this.sampling = sampling;
      this.pass = pass;
    }

    /** Tokens a second. */
    double rate() {
      int[] written = new int[1];
      speculation = Speculation.NONE;
      double seconds =
          Samples.seconds(
              () -> {
                for (Generator.Text text : texts) {
                  Generator.Written how =
                      generator
                          .generate(
                              pass,
                              List.of(text),
                              sampling,
                              (place, token) -> {
                                written[0]++;
                                return true;
                              })
                          .get(0);
                  speculation = speculation.plus(how.speculation());
                }
              });
      return written[0] / seconds;
    }
  }

  /** A pass over some tokens after a prompt, again and again. */
  private static final class PassTime {
    private static final int TIMES = 20;

    private final Decoder decoder;
    private final Decoder.Continuation sequences;
    private final int prompt;
    private final TokenBatch batch;
    private final Pass pass;

    PassTime(Decoder decoder, int[] prompt, int tokens, Pass pass) {
      this.decoder = decoder;
      this.prompt = prompt.length;
      this.pass = pass;
      this.sequences = decoder.start(new int[] {prompt.length + tokens});
      int[] ids = IntStream.range(0, tokens).map(i -> prompt[i % prompt.length]).toArray();
      this.batch = new TokenBatch(ids, new int[tokens], new int[] {0, tokens});
      pass.startEvaluation();
      TokenBatch first =
          new TokenBatch(prompt, new int[prompt.length], new int[] {0, prompt.length});
      sequences.extend(pass, Adapters.NONE, first, new int[] {0});
    }

    /** Of one pass, and of the logits of all its tokens. */
    double seconds() {
      return Samples.seconds(
              () -> {
                for (int i = 0; i < TIMES; i++) {
                  pass.startEvaluation();
                  int[] asked = {batch.tokens()};
                  decoder
                      .head()
                      .logits(
                          pass, sequences.extend(pass, Adapters.NONE, batch, new int[] {0}, asked))
                      .toArray();
                  sequences.truncate(pass, 0, prompt);
                }
              })
          / TIMES;
    }
  }
}
