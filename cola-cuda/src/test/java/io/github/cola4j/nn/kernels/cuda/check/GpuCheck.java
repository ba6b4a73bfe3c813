package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.nn.kernels.cuda.DeviceProbe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs a stage of the check: {@code GpuCheck STAGE FILE}, or {@code GpuCheck expect FOLDER} where
 * the CPU computes what the stages compare with. System properties {@code check.…} change sizes.
 */
public final class GpuCheck {
  private static final Map<String, Stage> STAGES =
      new TreeMap<>(
          Map.of(
              "kernels", KernelsStage::run,
              "contract", ContractStage::run,
              "steps", StepsStage::run,
              "bindings", BindingsStage::run,
              "gemm", GemmStage::run,
              "rates", RatesStage::run,
              "bench", BenchStage::run,
              "tasks", BenchStage::tasks,
              "times", BenchStage::times));

  /** The exit status where there is no device to compute with. */
  private static final int UNUSABLE = 4;

  private GpuCheck() {}

  /** Items of a kind. */
  private interface Stage {
    void run(Report report) throws Exception;
  }

  /** What a system property says, or a default. */
  static int number(String name, int otherwise) {
    return Integer.getInteger("check." + name, otherwise);
  }

  /** Whether the emulator plays the device, so that sizes are small. */
  static boolean isSmall() {
    return Boolean.getBoolean("check.small");
  }

  /** The folder with what the CPU computed. */
  static Path expected() {
    return Path.of(System.getProperty("check.expected", "."));
  }

  /**
   * The exit status is 0 if all items passed, 1 if not, 3 if it is to be started again, 4 if there
   * is no device.
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2
        || !(arguments[0].equals("expect") || STAGES.containsKey(arguments[0]))) {
      throw new IllegalArgumentException(
          "expected a stage of " + STAGES.keySet() + " and a file, or expect and a folder");
    }
    Path path = Path.of(arguments[1]);
    if (arguments[0].equals("expect")) {
      expect(path);
      return;
    }
    Report report = new Report(path, arguments[0], number("limit", 20));
    report.all(() -> STAGES.get(arguments[0]).run(report));
    System.out.flush();
    boolean isUnusable = DeviceProbe.unavailable() != null && arguments[0].equals("kernels");
    Runtime.getRuntime().halt(isUnusable ? UNUSABLE : report.failures() == 0 ? 0 : 1);
  }

  private static void expect(Path folder) throws IOException {
    ContractStage.expect(folder);
    StepsStage.expect(folder);
  }
}
