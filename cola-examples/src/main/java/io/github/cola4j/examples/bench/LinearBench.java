package io.github.cola4j.examples.bench;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Forward and backward of one linear layer with CoLA 2|3 of rank 8, relative to the frozen layer
 * alone, and the loop over pairs beside it.
 */
@Command(
    name = "linear",
    mixinStandardHelpOptions = true,
    description = "Forward and backward of an adapted linear layer, relative to the frozen one.")
public final class LinearBench implements Callable<Integer> {

  /**
   * A layer and a batch.
   *
   * @param tokens T
   */
  public record Shape(int tokens, int in, int out) {
    @Override
    public String toString() {
      return tokens + "x" + in + "x" + out;
    }
  }

  /** Reads {@code TOKENSxINxOUT}. */
  static final class ShapeConverter implements ITypeConverter<Shape> {
    @Override
    public Shape convert(String text) {
      if (!text.matches("[1-9]\\d{0,5}x[1-9]\\d{0,5}x[1-9]\\d{0,5}")) {
        throw new IllegalArgumentException(
            "expected TOKENSxINxOUT such as 512x576x1536, got '" + text + "'");
      }
      String[] numbers = text.split("x", -1);
      return new Shape(
          Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]), Integer.parseInt(numbers[2]));
    }
  }

  /**
   * One variant at one shape.
   *
   * @param milliseconds of forward and backward
   * @param ratio to the frozen layer, round by round
   */
  public record Row(Shape shape, String variant, Samples milliseconds, Samples ratio) {}

  @Option(
      names = "--shape",
      paramLabel = "TxINxOUT",
      defaultValue = "1024x2048x2048,512x576x1536,2048x384x1536",
      split = ",",
      converter = ShapeConverter.class,
      description = "Tokens, inputs and outputs (default ${DEFAULT-VALUE}).")
  private List<Shape> shapes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "15",
      description = "Measured rounds over all variants (default ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--compute",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "float32 or bfloat16, what frozen products take (default ${DEFAULT-VALUE}).")
  private Precision compute;

  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() {
    Console printed = console.console();
    printed.json(Map.of("rows", run(shapes, rounds, compute, printed.report())));
    return 0;
  }

  /** Measures and prints; all rows in the order printed. */
  public static List<Row> run(List<Shape> shapes, int rounds, Precision compute, PrintStream out) {
    if (rounds < 1) {
      throw new IllegalArgumentException("--rounds must be at least 1, got " + rounds);
    }
    Kernels.limitThreads(1);
    List<Row> rows = new ArrayList<>();
    List<String> loops = new ArrayList<>();
    double peak = 0;
    try (Pass pass = new Pass(DataType.FLOAT)) {
      String list = String.join(",", shapes.stream().map(Shape::toString).toList());
      Machine.print(
          out,
          "linear --shape " + list + " --rounds " + rounds + " --compute " + compute,
          DataType.FLOAT);
      out.printf("%-16s %-34s %26s %22s%n", "T x in x out", "variant", "ms", "/ frozen");
      for (Shape shape : shapes) {
        int size = Math.min(1536, Math.max(shape.in(), shape.out()));
        SquareProduct square = new SquareProduct(size, compute);
        LinearVariants variants = new LinearVariants(shape, compute, pass);
        List<DoubleSupplier> timed = new ArrayList<>();
        timed.add(() -> square.rate(pass.kernels()));
        variants
            .byName()
            .values()
            .forEach(variant -> timed.add(() -> 1000 * Samples.seconds(variant)));
        List<Samples> samples = Samples.interleaved(timed, 3, rounds);
        peak = Math.max(peak, samples.get(0).max());
        Map<String, Double> medians = new HashMap<>();
        int index = 1;
        for (String name : variants.byName().keySet()) {
          Samples milliseconds = samples.get(index++);
          Row row = new Row(shape, name, milliseconds, milliseconds.dividedBy(samples.get(1)));
          rows.add(row);
          medians.put(name, milliseconds.median());
          out.printf(
              "%-16s %-34s %26s %22s%n", shape, name, milliseconds.text(1), row.ratio().text(2));
        }
        for (String pairing : LinearVariants.PAIRINGS) {
          loops.add(loopAgainstCola(shape, pairing, medians));
        }
      }
    }
    out.printf(
        "%n%-16s %-12s %22s %26s%n",
        "T x in x out", "pairing", "loop / CoLA, the layer", "loop / CoLA, adapter alone");
    loops.forEach(out::println);
    out.printf(
        Locale.ROOT,
        "%nMedian (smallest..largest) of %d interleaved rounds, after 3 of warm-up.%n"
            + "CoLA's variants combine their factors in every round, as a training step does.%n"
            + "peak %.1f GFLOP/s (square products in that type, the best of the same rounds)%n",
        rounds,
        peak / 1e9);
    return rows;
  }

  /** How much longer the loop takes than CoLA with the fixed pair, which the loop does not have. */
  private static String loopAgainstCola(Shape shape, String pairing, Map<String, Double> medians) {
    double frozen = medians.get(LinearVariants.FROZEN);
    double cola = medians.get(LinearVariants.cola(pairing, true));
    double loop = medians.get(LinearVariants.loop(pairing));
    return String.format(
        Locale.ROOT,
        "%-16s %-12s %22.2f %26.1f",
        shape,
        pairing,
        loop / cola,
        (loop - frozen) / (cola - frozen));
  }
}
