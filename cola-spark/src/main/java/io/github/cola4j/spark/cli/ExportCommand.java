package io.github.cola4j.spark.cli;

import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.AdapterArgument;
import io.github.cola4j.spark.cli.option.FolderOutput;
import io.github.cola4j.spark.cli.option.WeightOptions;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cola export adapter --output folder}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description =
        "Writes an adapter as HF PEFT loads it onto the unchanged model (docs/how-to/peft.md).")
final class ExportCommand implements Callable<Integer> {
  /** What vLLM's {@code --max-lora-rank} can be. */
  private static final List<Integer> SERVED = List.of(1, 8, 16, 32, 64, 128, 256, 320, 512);

  /** Formats of other programs. */
  enum Format {
    peft
  }

  @Mixin private AdapterArgument adapter;

  @Mixin private FolderOutput output;

  @Mixin private WeightOptions weights;

  @Mixin private ConsoleOptions console;

  /** What is printed as JSON. */
  private record Exported(
      String output,
      String task,
      String format,
      String peftType,
      int modules,
      int rank,
      boolean oneRank,
      boolean expectation,
      double keptVariance,
      double rounding) {}

  @Option(
      names = "--format",
      defaultValue = "peft",
      description = "Whose format; there is peft (default: ${DEFAULT-VALUE}).")
  private Format format;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description =
          "At most this rank, by singular value decomposition. Default: what is exact to float32.")
  private Integer rank;

  @Option(
      names = "--variance",
      paramLabel = "SHARE",
      description =
          "The smallest rank that keeps this share of the squares of every module's change.")
  private Double variance;

  @Option(
      names = "--rank-by-module",
      description =
          "Each module gets the rank it needs. Default: all get the largest, since servers scale"
              + " by one rank.")
  private boolean rankByModule;

  @Option(
      names = "--as-trained",
      description =
          "The adapter's own factors, stacked with those of its start, instead of singular vectors."
              + " They are larger, and cancel where they are rounded.")
  private boolean asTrained;

  @Option(
      names = "--bare",
      description = "Without the classifier's head, for transformers' AutoModel.")
  private boolean bare;

  @Override
  public Integer call() throws IOException {
    return adapter.use(this::export);
  }

  private Integer export(Path from) {
    PeftExport.Options options = options();
    AdapterStore.Description description = AdapterStore.describe(from);
    String location = adapter.location(description);
    output.requireFree(PeftExport.DESCRIPTION, adapter.sources(location));
    BaseModel base = adapter.load(description);
    PeftExport.Summary summary;
    try (Output folder = output.create(PeftExport.DESCRIPTION)) {
      summary =
          PeftExport.write(
              folder.path(),
              adapter.stored(from, base),
              base.transformer(),
              weights.baseName() == null ? location : weights.baseName(),
              options);
      folder.commit();
    }
    Console printed = console.console();
    if (description.adapter().tokenMerging() != null) {
      printed.warning(TokenMerging.LEFT_OUT);
    }
    printed.json(
        new Exported(
            output.folder(),
            description.task(),
            format.toString(),
            summary.peftType(),
            summary.modules(),
            summary.largestRank(),
            summary.oneRank(),
            summary.expectation(),
            summary.keptVariance(),
            summary.rounding()));
    printed
        .text()
        .printf(
            Locale.ROOT,
            "%s: %s %s, %d modules%s%s%s%s%n",
            output.folder(),
            format,
            summary.peftType(),
            summary.modules(),
            summary.largestRank() == 0
                ? ""
                : ", rank " + summary.largestRank() + (summary.oneRank() ? "" : " at most"),
            summary.expectation() ? ", the expectation over drawn pairs" : "",
            summary.keptVariance() == 1
                ? ""
                : String.format(
                    Locale.ROOT, ", at least %.4f of a module's variance", summary.keptVariance()),
            weights.lost(summary.rounding()));
    if (summary.peftType().equals("LORA")) {
      printed.text().println(serving(summary.largestRank()));
    }
    return 0;
  }

  /** What a server must be started with; vLLM takes some ranks only. */
  private static String serving(int rank) {
    return SERVED.stream()
        .filter(served -> served >= rank)
        .findFirst()
        .map(served -> "A server needs --max-lora-rank " + served + " (vLLM) or " + rank)
        .orElse(
            "A server needs --max-lora-rank "
                + rank
                + "; vLLM takes at most "
                + SERVED.get(SERVED.size() - 1)
                + ": give --rank for it");
  }

  private PeftExport.Options options() {
    if (asTrained && rankByModule) {
      throw new InvalidJobException(
          "--as-trained has its ranks by module; leave --rank-by-module out", null);
    }
    try {
      return new PeftExport.Options(
          bare,
          rank,
          variance,
          asTrained
              ? PeftExport.Form.AS_TRAINED
              : rankByModule ? PeftExport.Form.RANK_BY_MODULE : PeftExport.Form.ONE_RANK,
          weights.type());
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--rank, --variance, --as-trained: " + e.getMessage(), e);
    }
  }
}
