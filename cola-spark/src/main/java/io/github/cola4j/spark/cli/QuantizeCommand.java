package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.cola4j.io.quantized.QuantizationStart;
import io.github.cola4j.io.quantized.QuantizedModel;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.job.output.Inputs;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola quantize MODEL OUTPUT --type nf4}. */
@Command(
    name = "quantize",
    mixinStandardHelpOptions = true,
    description =
        "Writes a model with the weights of its linear layers quantised, as a Hugging Face folder"
            + " that bitsandbytes reads too.")
final class QuantizeCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A Hugging Face folder, or classpath:NAME.")
  private String model;

  @Parameters(index = "1", paramLabel = "OUTPUT", description = "The folder to write.")
  private String output;

  @Option(
      names = "--type",
      required = true,
      paramLabel = "int8|nf4",
      converter = TypeConverter.class,
      description = "What weights are quantised to: int8 (a byte each) or nf4 (half a byte).")
  private Quantization type;

  @Option(
      names = "--start",
      paramLabel = "loftq|qpissa",
      converter = KindConverter.class,
      description =
          "Also finds what adapters start at, so that weight and adapter together are nearer to the"
              + " model's weight: LoftQ makes up what quantisation loses, QPiSSA trains the leading"
              + " part. Adapters on this folder need adapter.init of this name.")
  private QuantizationStart.Kind start;

  @Option(
      names = "--rank",
      paramLabel = "R",
      defaultValue = "8",
      description = "With --start: the rank of adapters (default: ${DEFAULT-VALUE}).")
  private int rank;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "With --start: how often weight and start are fitted to each other (default:"
              + " ${DEFAULT-VALUE}).")
  private int iterations;

  @Option(
      names = "--targets",
      split = ",",
      paramLabel = "NAME",
      description =
          "With --start: the layers that adapters will be in, as adapter.targets of a job (default:"
              + " all-linear).")
  private List<String> targets;

  @Option(names = "--overwrite", description = "Replaces what the folder has.")
  private boolean overwrite;

  @Mixin private ConsoleOptions console;

  /** What is printed as JSON. */
  private record Quantized(
      String output,
      String model,
      String type,
      int matrices,
      long parameters,
      long bytes,
      @JsonInclude(JsonInclude.Include.NON_NULL) QuantizedModel.Start start) {}

  /** Types as job files write them. */
  static final class TypeConverter implements picocli.CommandLine.ITypeConverter<Quantization> {
    @Override
    public Quantization convert(String value) {
      for (Quantization each : Quantization.values()) {
        if (each.toString().equals(value)) {
          return each;
        }
      }
      throw new picocli.CommandLine.TypeConversionException(
          "expected int8 or nf4, got '" + value + "'");
    }
  }

  /** Starts as job files write them. */
  static final class KindConverter
      implements picocli.CommandLine.ITypeConverter<QuantizationStart.Kind> {
    @Override
    public QuantizationStart.Kind convert(String value) {
      for (QuantizationStart.Kind each : QuantizationStart.Kind.values()) {
        if (each.toString().equals(value)) {
          return each;
        }
      }
      throw new picocli.CommandLine.TypeConversionException(
          "expected loftq or qpissa, got '" + value + "'");
    }
  }

  private QuantizationStart start() {
    try {
      return start == null ? null : new QuantizationStart(start, rank, iterations, targets);
    } catch (IllegalArgumentException e) {
      throw new InvalidJobException("--start: " + e.getMessage(), e);
    }
  }

  @Override
  public Integer call() {
    QuantizationStart wanted = start();
    List<String> marks = List.of(QuantizedModel.DESCRIPTION);
    new Inputs(List.of(model)).requireApart(output);
    Output.requireFree(output, overwrite, marks);
    QuantizedModel.Summary summary;
    try (Output folder = Output.create(output, overwrite, marks)) {
      summary = QuantizedModel.write(folder.path(), model, type, wanted);
      folder.commit();
    }
    Console printed = console.console();
    printed.json(
        new Quantized(
            output,
            model,
            type.toString(),
            summary.matrices(),
            summary.parameters(),
            summary.bytes(),
            summary.start()));
    printed
        .text()
        .printf(
            Locale.ROOT,
            "%s: %s, %d matrices of %,d parameters as %s, %.3f bytes each%n",
            output,
            model,
            summary.matrices(),
            summary.parameters(),
            type,
            (double) summary.bytes() / summary.parameters());
    if (wanted != null) {
      printed
          .text()
          .printf(
              Locale.ROOT,
              "start %s of rank %d for %d of them: relative error %.4f, without it %.4f%n",
              start,
              rank,
              summary.start().matrices(),
              summary.start().error(),
              summary.start().plainError());
    }
    return 0;
  }
}
