package io.github.cola4j.io.adapter;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.AdditiveAdapter;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.Merging;
import io.github.cola4j.adapter.combine.Combination;
import io.github.cola4j.adapter.lowrank.LowRankTruncation;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Adapters of one frozen model by name, of which at most one is active. The model itself is never
 * changed: disabling an adapter, or going back from a merged model, is using the model as it is.
 */
public final class AdapterBank {
  private final BaseModel base;
  private final Map<String, TrainedAdapter> adapters = new LinkedHashMap<>();
  private String active;

  /** A bank without adapters. */
  public AdapterBank(BaseModel base) {
    this.base = base;
  }

  /**
   * Adds a stored adapter, without its optimiser's moments.
   *
   * @throws IllegalArgumentException if the name is taken, or the adapter is of another model or
   *     damaged
   */
  public void add(String name, Path folder) {
    add(name, AdapterStore.loadParameters(folder, base));
  }

  /** Adds an adapter that {@link #combine} made. */
  public void add(String name, TrainedAdapter stored) {
    if (adapters.putIfAbsent(name, stored) != null) {
      throw new IllegalArgumentException(
          "there is an adapter '" + name + "' already; remove it or take another name");
    }
  }

  /** Removes an adapter; if it was active, the model computes without one. */
  public void remove(String name) {
    get(name);
    adapters.remove(name);
    if (name.equals(active)) {
      active = null;
    }
  }

  /** The adapters' names, in the order in which they came. */
  public List<String> names() {
    return List.copyOf(adapters.keySet());
  }

  /** Makes an adapter the one that counts. */
  public void activate(String name) {
    get(name);
    active = name;
  }

  /** Lets the model compute without an adapter. */
  public void disable() {
    active = null;
  }

  /** The active adapter's name. */
  public Optional<String> active() {
    return Optional.ofNullable(active);
  }

  /**
   * An adapter by name.
   *
   * @throws IllegalArgumentException naming those that there are
   */
  public TrainedAdapter get(String name) {
    TrainedAdapter stored = adapters.get(name);
    if (stored == null) {
      throw new IllegalArgumentException(
          "there is no adapter '" + name + "'; there are " + adapters.keySet());
    }
    return stored;
  }

  /**
   * The active adapter's layers for one thread, ready for evaluation; none if disabled. Where the
   * adapter merges tokens, the encoder has to do so too ({@link Encoder#withTokenMerging}).
   */
  public Adapters adapters(Pass pass) {
    return active == null ? Adapters.NONE : bind(get(active), pass);
  }

  /** The active adapter's token merging; null if it has none, or none is active. */
  private TokenMerging merging() {
    return active == null ? null : get(active).description().adapter().tokenMerging();
  }

  /**
   * The model with the active adapter in its weights; the model itself if none is active. It merges
   * tokens as the adapter does. What the adapter has of a head stays with the adapter.
   *
   * @throws IllegalArgumentException if no weights do what the adapter does, or they would not be
   *     finite
   */
  public Transformer merged(Pass pass) {
    TokenMerging merging = merging();
    requireUnmodulated(active, merging);
    Adapters bound = adapters(pass);
    Transformer merged =
        base.transformer()
            .withLinears(
                linear -> {
                  Adapter adapter = bound.get(linear);
                  return adapter == null ? linear : Merging.merge(pass, adapter);
                });
    return merging == null ? merged : ((Encoder) merged).withTokenMerging(merging);
  }

  private static void requireUnmodulated(String name, TokenMerging merging) {
    if (merging != null && merging.modulation()) {
      throw new IllegalArgumentException(
          "adapter '" + name + "' cannot be merged: " + TokenMerging.UNMERGEABLE);
    }
  }

  /**
   * One adapter from several of the same kind of task: their changes of the weights by a rule,
   * their heads (of classifiers with the same classes) by their weighted mean.
   *
   * @param task the new adapter's task
   * @param weights λ of each
   * @throws IllegalArgumentException if they do not fit each other, or one changes weights by more
   *     than a product of low rank
   */
  public TrainedAdapter combine(
      String task, List<String> names, List<Double> weights, Combination rule) {
    if (names.isEmpty() || weights.size() != names.size()) {
      throw new IllegalArgumentException(
          "expected at least one adapter and a weight for each, got " + names + " and " + weights);
    }
    List<TrainedAdapter> parts = names.stream().map(this::get).toList();
    AdapterStore.Description first = parts.get(0).description();
    requireUnmodulated(names.get(0), first.adapter().tokenMerging());
    for (int t = 1; t < parts.size(); t++) {
      requireFit(names.get(0), first, names.get(t), parts.get(t).description());
    }
    Map<String, LowRank> combined = new LinkedHashMap<>();
    try (Pass pass = new Pass(base.transformer().type())) {
      List<Adapters> bound = parts.stream().map(part -> bind(part, pass)).toList();
      for (FrozenLinear linear : linears()) {
        List<LowRank> changes = new ArrayList<>();
        List<Double> own = new ArrayList<>();
        for (int t = 0; t < parts.size(); t++) {
          Adapter adapter = bound.get(t).get(linear);
          if (adapter != null) {
            changes.add(change(names.get(t), adapter));
            own.add(weights.get(t));
          }
        }
        if (!changes.isEmpty()) {
          LowRank change = rule.combine(linear.name(), changes, own);
          int most = Math.min(linear.in(), linear.out());
          combined.put(
              linear.name(),
              change.rank() > most ? new LowRankTruncation(change).to(most) : change);
        }
      }
    }
    return stored(task, first, combined, head(parts, weights));
  }

  /** ΔW of one layer. */
  private static LowRank change(String name, Adapter adapter) {
    LowRank change =
        adapter instanceof AdditiveAdapter additive ? additive.delta().lowRank() : null;
    if (change == null) {
      throw new IllegalArgumentException(
          "adapter '"
              + name
              + "' changes "
              + adapter.linear().name()
              + " by no product of low rank"
              + (adapter.unmergeableReason() == null ? "" : ": " + adapter.unmergeableReason())
              + "; only adapters that do can be combined");
    }
    return change;
  }

  private static void requireFit(
      String name, AdapterStore.Description one, String otherName, AdapterStore.Description other) {
    if (!one.classes().equals(other.classes())) {
      throw new IllegalArgumentException(
          "adapters '"
              + name
              + "' and '"
              + otherName
              + "' tell apart other classes, "
              + one.classes()
              + " and "
              + other.classes()
              + ": no head would serve both");
    }
    if (one.pooling() != other.pooling()) {
      throw new IllegalArgumentException(
          "adapters '"
              + name
              + "' and '"
              + otherName
              + "' pool in different ways, "
              + one.pooling()
              + " and "
              + other.pooling()
              + ": no head would serve both");
    }
    if (!Objects.equals(one.adapter().tokenMerging(), other.adapter().tokenMerging())) {
      throw new IllegalArgumentException(
          "adapters '"
              + name
              + "' and '"
              + otherName
              + "' merge tokens in different ways: no tokenMerging would serve both");
    }
    if (one.isLanguageModel() && !one.prompt().equals(other.prompt())) {
      throw new IllegalArgumentException(
          "adapters '"
              + name
              + "' and '"
              + otherName
              + "' were trained on other prompts, "
              + one.prompt()
              + " and "
              + other.prompt());
    }
  }

  /** Σ λ_t head_t / Σ λ_t. */
  private float[] head(List<TrainedAdapter> parts, List<Double> weights) {
    TrainedAdapter first = parts.get(0);
    float[] head = new float[first.theta().length - first.initial().length];
    double sum = weights.stream().mapToDouble(Double::doubleValue).sum();
    for (int t = 0; t < parts.size(); t++) {
      TrainedAdapter part = parts.get(t);
      double share = sum == 0 ? 1.0 / parts.size() : weights.get(t) / sum;
      for (int i = 0; i < head.length; i++) {
        head[i] += (float) (share * part.theta()[part.initial().length + i]);
      }
    }
    return head;
  }

  /** A LoRA of scaling 1; a layer of a smaller rank than others is filled with zeros. */
  private TrainedAdapter stored(
      String task, AdapterStore.Description like, Map<String, LowRank> changes, float[] head) {
    int rank = changes.values().stream().mapToInt(LowRank::rank).max().orElseThrow();
    List<AdapterConfig.Override> smaller =
        linears().stream()
            .filter(linear -> changes.containsKey(linear.name()))
            .filter(linear -> Math.min(linear.in(), linear.out()) < rank)
            .map(
                linear -> {
                  int most = Math.min(linear.in(), linear.out());
                  return new AdapterConfig.Override(
                      "^" + linear.name().replace(".", "\\.") + "$", most, (double) most);
                })
            .toList();
    boolean all = changes.size() == linears().size();
    AdapterConfig config =
        AdapterConfig.lora(rank)
            .withAlpha((double) rank)
            .withTargets(all ? null : List.copyOf(changes.keySet()))
            .withOverrides(smaller)
            .withTokenMerging(like.adapter().tokenMerging());
    AdaptedModules modules = new AdaptedModules(linears(), config);
    float[] initial = new float[modules.layout().length()];
    float[] theta = new float[initial.length + head.length];
    for (Map.Entry<String, LowRank> change : changes.entrySet()) {
      put(change.getValue().a(), theta, modules.layout().entry(change.getKey() + "/A").offset());
      put(change.getValue().b(), theta, modules.layout().entry(change.getKey() + "/B").offset());
    }
    System.arraycopy(head, 0, theta, initial.length, head.length);
    return TrainedAdapter.of(
        like.withTask(task).withAdapter(config).withProvenance(null), modules, theta, initial);
  }

  private static void put(Matrix factor, float[] vector, int offset) {
    float[] elements = factor.toArray();
    System.arraycopy(elements, 0, vector, offset, elements.length);
  }

  private Adapters bind(TrainedAdapter stored, Pass pass) {
    AdaptedModules modules = new AdaptedModules(linears(), stored.description().adapter());
    int length = stored.initial().length;
    Matrix theta = Matrix.of(base.transformer().type(), stored.theta().length, 1, stored.theta());
    Matrix gradient = Matrix.zeros(theta.type(), length, 1);
    Adapters bound = modules.bind(theta, gradient, stored.initial());
    bound.refresh(pass, 0, false);
    return bound;
  }

  private List<FrozenLinear> linears() {
    return base.transformer().linears();
  }

  @Override
  public String toString() {
    return adapters.keySet().stream()
        .map(name -> name.equals(active) ? name + " (active)" : name)
        .collect(Collectors.joining(", ", "adapters of " + base.location() + ": ", ""));
  }
}
