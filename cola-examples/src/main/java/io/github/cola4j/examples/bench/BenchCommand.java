package io.github.cola4j.examples.bench;

import io.github.cola4j.spark.cli.Cola;
import picocli.CommandLine.Command;

/** Groups the benchmarks; BENCHMARKS.md of this module has results. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures speed on this machine.",
    subcommands = {
      LinearBench.class,
      EncoderBench.class,
      SftBench.class,
      MemoryBench.class,
      SmallDataBench.class,
      RoundsBench.class,
      SkewBench.class,
      JobsBench.class,
      SpeculativeBench.class
    })
public final class BenchCommand {

  /** Adds the command to {@code cola}. */
  public static final class Provider implements Cola.Extension {
    @Override
    public Object command() {
      return new BenchCommand();
    }
  }
}
