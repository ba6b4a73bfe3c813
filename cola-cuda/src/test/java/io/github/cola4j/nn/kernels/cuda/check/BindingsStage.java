package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.nn.kernels.cuda.BindingChecks;

/** Memory, products with stored weights, threads and devices, as the tests of the bindings. */
final class BindingsStage {
  private BindingsStage() {}

  static void run(Report report) {
    BindingChecks.parts()
        .forEach(
            (name, part) ->
                report.item(
                    name,
                    () -> {
                      part.run();
                      return "passed";
                    }));
    report.print("%d parts failed", report.failures());
  }
}
