package io.github.cola4j.nn;

import io.github.cola4j.services.Services;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel providers of this JVM and which of them computes: for each element type the one with
 * the highest priority that can run, or the one that {@code -Dcola.kernels=NAME} forces. A forced
 * provider computes with the types it supports; the others are chosen as ever.
 */
public final class KernelProviders {
  /** The system property that forces a provider by its name. */
  public static final String PROPERTY = "cola.kernels";

  private static final Logger LOG = LoggerFactory.getLogger(KernelProviders.class);
  private static volatile KernelProviders chosen;

  private final List<Candidate> candidates; // by falling priority
  private final KernelProvider forced; // null if none is
  private final KernelProvider single; // for float32
  private final KernelProvider wide; // for float64

  /**
   * A provider and why it cannot run.
   *
   * @param unavailable null if it can
   */
  public record Candidate(KernelProvider provider, String unavailable) {
    @Override
    public String toString() {
      return provider.name()
          + (unavailable == null ? " (available)" : " (cannot run: " + unavailable + ")");
    }
  }

  /**
   * Chooses among providers.
   *
   * @param name the name of the one that is forced, or null
   * @throws IllegalArgumentException if the forced one is unknown or cannot run, or two providers
   *     have one name
   */
  KernelProviders(List<KernelProvider> providers, String name) {
    candidates =
        providers.stream()
            .sorted(
                Comparator.comparingInt(KernelProvider::priority)
                    .reversed()
                    .thenComparing(KernelProvider::name))
            .map(provider -> new Candidate(provider, provider.unavailable()))
            .toList();
    Set<String> names = new HashSet<>();
    for (KernelProvider provider : providers) {
      if (!names.add(provider.name())) {
        throw new IllegalArgumentException(
            "two kernel providers are called '"
                + provider.name()
                + "', "
                + provider.getClass().getName()
                + " is one; remove a jar from the class path");
      }
    }
    forced = name == null ? null : forced(name);
    single = best(DataType.FLOAT);
    wide = best(DataType.DOUBLE);
  }

  private KernelProvider forced(String name) {
    return candidates.stream()
        .filter(candidate -> candidate.provider().name().equals(name))
        .filter(candidate -> candidate.unavailable() == null)
        .map(Candidate::provider)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "-D"
                        + PROPERTY
                        + ": expected the name of kernels that can run here, got '"
                        + name
                        + "'; there are "
                        + listed()));
  }

  private String listed() {
    return candidates.stream().map(Candidate::toString).collect(Collectors.joining(", "));
  }

  private KernelProvider best(DataType type) {
    if (forced != null && forced.supports(type)) {
      return forced;
    }
    return candidates.stream()
        .filter(candidate -> candidate.unavailable() == null)
        .map(Candidate::provider)
        .filter(provider -> provider.supports(type))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no kernels compute with " + type + " here; there are " + listed()));
  }

  /**
   * The providers of this JVM, found and chosen at the first call.
   *
   * @throws IllegalArgumentException if {@code -Dcola.kernels} names one that cannot run here
   */
  public static KernelProviders get() {
    KernelProviders present = chosen;
    if (present == null) {
      synchronized (KernelProviders.class) {
        present = chosen;
        if (present == null) {
          present =
              new KernelProviders(
                  Services.all(KernelProvider.class, "the kernel providers"),
                  System.getProperty(PROPERTY));
          present.log();
          chosen = present;
        }
      }
    }
    return present;
  }

  /** A faster provider that cannot run is a warning: the job takes longer than it needs to. */
  private void log() {
    String what =
        "kernels: "
            + single.name()
            + (single.library().isEmpty() ? "" : " (" + single.library() + ")")
            + " for float32, "
            + wide.name()
            + " for float64"
            + (forced == null ? "" : ", '" + forced.name() + "' forced by -D" + PROPERTY);
    List<Candidate> faster =
        forced != null
            ? List.of()
            : candidates.stream()
                .filter(candidate -> candidate.unavailable() != null)
                .filter(candidate -> candidate.provider().priority() > single.priority())
                .toList();
    if (faster.isEmpty()) {
      LOG.info("{}", what);
    } else {
      LOG.warn("{}; faster ones cannot run here: {}", what, faster);
    }
  }

  /** All that were found, by falling priority. */
  public List<Candidate> candidates() {
    return candidates;
  }

  /** The one that {@code -Dcola.kernels} forces is chosen for all types that it supports. */
  public boolean isForced() {
    return forced != null;
  }

  /** The provider that computes with elements of a type. */
  public KernelProvider of(DataType type) {
    return switch (type) {
      case FLOAT -> single;
      case DOUBLE -> wide;
      default -> throw new IllegalArgumentException("expected FLOAT or DOUBLE, got " + type);
    };
  }

  /** Limits the threads of an operation in this JVM, whatever provider computes it. */
  void limitThreads(int threads) {
    for (Candidate candidate : candidates) {
      if (candidate.unavailable() == null) {
        candidate.provider().limitThreads(threads);
      }
    }
  }
}
