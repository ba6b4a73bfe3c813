package io.github.cola4j.adapter;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.cola4j.adapter.init.Initializers;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How linear layers are adapted. The defaults are the paper's recipe (arXiv 2505.15471, section
 * 4.1): CoLA with two A, three B matrices of rank 8, alpha = 2r, on every linear layer; or what the
 * method's {@link AdapterMethod.Preset} says.
 *
 * @param method name of a method
 * @param a M, the number of A matrices
 * @param b N, the number of B matrices
 * @param rank r
 * @param alpha the scaling is alpha / rank, or alpha / √rank where the method says so
 * @param pairing name of a pairing strategy
 * @param init name of an initialiser
 * @param dropout probability of dropping an input of an A matrix, one mask for each A_i
 * @param targets which modules: {@code all-linear}, name suffixes, or one regular expression
 *     written {@code regex:…}
 * @param overrides other ranks and alphas for some of them; the first match counts
 * @param options what this method alone has, as the keys and values of {@link
 *     AdapterMethod#options}
 * @param residual q, columns of a pair that is added to a module's product and not trained, for
 *     what averaging would lose; 0 for none
 * @param tokenMerging how many tokens of an image each block of a vision transformer merges; null
 *     for none
 */
@RecordBuilder
public record AdapterConfig(
    String method,
    Integer a,
    Integer b,
    Integer rank,
    Double alpha,
    String pairing,
    String init,
    Double dropout,
    List<String> targets,
    List<Override> overrides,
    @JsonInclude(content = JsonInclude.Include.ALWAYS) Map<String, Object> options, // [] counts
    Integer residual,
    @JsonInclude(JsonInclude.Include.NON_NULL) TokenMerging tokenMerging)
    implements Serializable, AdapterConfigBuilder.With {
  private static final String DEFAULT_METHOD = "cola";

  /** What {@code a}, {@code b} and {@code init} are in files where a method has no A and B. */
  private static final AdapterMethod.Preset NO_FACTORS = AdapterMethod.Preset.one("kaiming");

  /** Fills in defaults and checks every value. */
  public AdapterConfig {
    method = method == null ? DEFAULT_METHOD : method;
    AdapterMethod.Preset own = AdapterMethods.named(method).preset();
    AdapterMethod.Preset preset = own == null ? NO_FACTORS : own;
    boolean experts = preset.counts() == AdapterMethod.Counts.EXPERTS;
    a = a != null ? a : experts && b != null ? b : Integer.valueOf(preset.a());
    b = b != null ? b : experts ? a : Integer.valueOf(preset.b());
    rank = rank == null ? 8 : rank;
    alpha = alpha == null ? 2.0 * rank : alpha;
    pairing = pairing == null ? "full" : pairing;
    init = init == null ? preset.init() : init;
    dropout = dropout == null ? 0 : dropout;
    targets = targets == null ? List.of(TargetModules.ALL_LINEAR) : filled("targets", targets);
    overrides = overrides == null ? List.of() : filled("overrides", overrides);
    options = MethodOptions.complete(AdapterMethods.named(method), options);
    residual = residual == null ? 0 : residual;
    atLeastOne("a (the number of A matrices)", a);
    atLeastOne("b (the number of B matrices)", b);
    atLeastOne("rank", rank);
    if (!(alpha > 0) || alpha.isInfinite()) {
      throw new IllegalArgumentException("alpha must be positive, got " + alpha);
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be in [0, 1), got " + dropout);
    }
    Pairings.named(pairing);
    Initializers.named(init);
    new TargetModules(targets);
    checkCounts(method, own, a, b, pairing);
    checkResidual(method, residual);
  }

  /** The paper's recipe. */
  public static AdapterConfig defaults() {
    return of(DEFAULT_METHOD);
  }

  /** A method with its defaults. */
  public static AdapterConfig of(String method) {
    return AdapterConfigBuilder.builder().method(method).build();
  }

  /** LoRA of a rank: one A, one B, Kaiming initialisation. */
  public static AdapterConfig lora(int rank) {
    return of("lora").withRank(rank);
  }

  /** Another method; what its preset or its options' defaults said becomes the new one's. */
  @java.lang.Override
  public AdapterConfig withMethod(String method) {
    AdapterConfig before = of(this.method);
    return AdapterConfigBuilder.builder(this)
        .method(method)
        .a(a.equals(before.a) ? null : a)
        .b(b.equals(before.b) ? null : b)
        .init(init.equals(before.init) ? null : init)
        .options(options.equals(before.options) ? null : options)
        .build();
  }

  /** Another rank; an alpha that is twice the rank, as the default is, stays so. */
  @java.lang.Override
  public AdapterConfig withRank(Integer rank) {
    Double kept = alpha == 2.0 * this.rank ? null : alpha;
    return AdapterConfigBuilder.builder(this).rank(rank).alpha(kept).build();
  }

  private static void checkCounts(
      String method, AdapterMethod.Preset own, int a, int b, String pairing) {
    AdapterMethod.Preset preset = own == null ? NO_FACTORS : own;
    boolean fits =
        switch (preset.counts()) {
          case FREE -> true;
          case FIXED -> a == preset.a() && b == preset.b();
          case ONE_A -> a == 1;
          case EXPERTS -> a == b;
        };
    if (!fits) {
      throw new IllegalArgumentException(
          "method "
              + method
              + (own == null ? " has no A and B matrices" : " needs " + needed(preset))
              + ", got a = "
              + a
              + " and b = "
              + b
              + "; leave them out, or take method cola");
    }
    if (preset.counts() != AdapterMethod.Counts.FREE && !pairing.equals("full")) {
      throw new IllegalArgumentException(
          "pairing " + pairing + " is for method cola; method " + method + " has none");
    }
  }

  private static String needed(AdapterMethod.Preset preset) {
    return switch (preset.counts()) {
      case EXPERTS -> "a = b, the number of experts";
      case ONE_A -> "a = 1";
      default -> "a = " + preset.a() + " and b = " + preset.b();
    };
  }

  private static void checkResidual(String method, int residual) {
    if (residual < 0) {
      throw new IllegalArgumentException("residual must be 0 or more, got " + residual);
    }
    if (residual > 0 && !AdapterMethods.named(method).hasResidualPair()) {
      List<String> others =
          AdapterMethods.all().stream()
              .filter(AdapterMethod::hasResidualPair)
              .map(AdapterMethod::name)
              .toList();
      int last = others.size() - 1;
      throw new IllegalArgumentException(
          "residual "
              + residual
              + " is for adapters that are products of A and B and nothing else: method "
              + String.join(", ", others.subList(0, last))
              + " or "
              + others.get(last)
              + "; got "
              + method
              + "; leave residual out, or take one of them");
    }
  }

  /**
   * The options as the method's record.
   *
   * @param type {@link AdapterMethod#options} of the method
   */
  public <T extends Record> T options(Class<T> type) {
    Class<?> own = AdapterMethods.named(method).options();
    if (own != type) {
      throw new IllegalArgumentException(
          "method " + method + " has " + own.getName() + ", asked for " + type.getName());
    }
    return MethodOptions.read(type, options);
  }

  /**
   * The keys that {@code options} can have.
   *
   * @param method null for the default
   * @throws IllegalArgumentException if there is no such method
   */
  public static List<String> optionKeys(String method) {
    return MethodOptions.keys(AdapterMethods.named(method == null ? DEFAULT_METHOD : method));
  }

  /** The rank of a module, overrides considered. */
  public int rankOf(String module) {
    return overrides.stream()
        .filter(o -> o.rank() != null && o.matches(module))
        .findFirst()
        .map(Override::rank)
        .orElse(rank);
  }

  /** The scaling s = alpha / rank (or / √rank) of a module, overrides considered. */
  public double scalingOf(String module) {
    AdapterMethod.Preset preset = AdapterMethods.named(method).preset();
    boolean root = preset != null && preset.rootScaling();
    return alphaOf(module) / (root ? Math.sqrt(rankOf(module)) : rankOf(module));
  }

  private double alphaOf(String module) {
    return overrides.stream()
        .filter(o -> o.alpha() != null && o.matches(module))
        .findFirst()
        .map(Override::alpha)
        .orElse(alpha);
  }

  /** The same for one module alone: its rank and alpha, no targets and no overrides. */
  public AdapterConfig forModule(String module) {
    return AdapterConfigBuilder.builder(this)
        .rank(rankOf(module))
        .alpha(alphaOf(module))
        .targets(null)
        .overrides(null)
        .build();
  }

  /** Whether the initialiser is the one that the method has where none is given. */
  boolean hasOwnInit() {
    AdapterMethod.Preset preset = AdapterMethods.named(method).preset();
    return init.equals((preset == null ? NO_FACTORS : preset).init());
  }

  private static void atLeastOne(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + value);
    }
  }

  private static <T> List<T> filled(String what, List<T> list) {
    if (list.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(what + " has an empty entry; fill or remove it");
    }
    return List.copyOf(list);
  }

  /**
   * Another rank or alpha for some modules.
   *
   * @param modules a regular expression found anywhere in the module's name
   * @param rank null keeps the general rank
   * @param alpha null keeps the general alpha
   */
  public record Override(String modules, Integer rank, Double alpha) implements Serializable {
    /** Checks every value. */
    public Override {
      if (modules == null) {
        throw new IllegalArgumentException(
            "an override needs 'modules', a regular expression of module names");
      }
      ModulePattern.of("override '" + modules + "'", modules);
      if (rank != null) {
        atLeastOne("rank of override '" + modules + "'", rank);
      }
      if (alpha != null && (!(alpha > 0) || alpha.isInfinite())) {
        throw new IllegalArgumentException(
            "alpha of override '" + modules + "' must be positive, got " + alpha);
      }
    }

    boolean matches(String module) {
      return ModulePattern.of(modules, modules).isFoundIn(module);
    }
  }
}
