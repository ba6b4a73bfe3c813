package io.github.cola4j.spark.cli.doctor;

import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.KernelProviders;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;

/** What computes: kernel providers and BLAS. */
final class ComputeChecks {
  /** What JavaCPP's {@code blas_get_vendor} returns, by number. */
  private static final List<String> VENDORS =
      List.of("unknown BLAS", "cuBLAS", openblas_nolapack.OPENBLAS_VERSION.strip(), "MKL");

  private ComputeChecks() {}

  static List<Finding> run() {
    try {
      List<Finding> findings = new ArrayList<>(kernels(KernelProviders.get()));
      findings.add(blas());
      return findings;
    } catch (IllegalArgumentException e) { // -Dcola.kernels names what cannot run
      return List.of(
          new Finding("kernels", e.getMessage(), "leave -Dcola.kernels out, or name one of these"));
    } catch (LinkageError e) {
      return List.of(
          new Finding(
              "kernels",
              "the native libraries cannot be loaded: " + e.getMessage(),
              "build for this platform (-Dnd4j.classifier=…, docs/reference/dependencies.md)"));
    }
  }

  private static List<Finding> kernels(KernelProviders providers) {
    KernelProvider chosen = providers.of(DataType.FLOAT);
    KernelProvider wide = providers.of(DataType.DOUBLE);
    List<Finding> findings = new ArrayList<>();
    for (KernelProviders.Candidate candidate : providers.candidates()) {
      KernelProvider provider = candidate.provider();
      if (candidate.unavailable() == null) {
        String what =
            provider == chosen
                ? "chosen for float32" + (provider == wide ? " and float64" : "")
                : provider == wide ? "chosen for float64" : "available, not chosen";
        String library = provider.library().isEmpty() ? "" : ", " + provider.library();
        findings.add(Finding.ok("kernels", provider.name() + ": " + what + library));
      } else {
        String text = provider.name() + ": cannot run: " + candidate.unavailable();
        boolean faster = !providers.isForced() && provider.priority() > chosen.priority();
        findings.add(
            new Finding(
                "kernels",
                text,
                faster ? "as it says; until then " + chosen.name() + " computes, slower" : ""));
      }
    }
    return findings;
  }

  private static Finding blas() {
    int vendor = openblas_nolapack.blas_get_vendor();
    String name = VENDORS.get(vendor >= 0 && vendor < VENDORS.size() ? vendor : 0);
    int threads = openblas_nolapack.blas_get_num_threads();
    return Finding.ok(
        "BLAS",
        name
            + ", core type "
            + Machine.environment("OPENBLAS_CORETYPE").orElse("as it finds the CPU")
            + ", "
            + threads
            + (threads == 1 ? " thread" : " threads")
            + Machine.environment("OMP_NUM_THREADS")
                .map(value -> " (OMP_NUM_THREADS=" + value + ")")
                .orElse(""));
  }
}
