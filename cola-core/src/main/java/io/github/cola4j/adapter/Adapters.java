package io.github.cola4j.adapter;

import io.github.cola4j.adapter.tokens.TokenModulation;
import io.github.cola4j.nn.ElementwiseKernels.Sum;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The adapters of one task, by module; a module without one computes as the base does. */
public final class Adapters {
  /** No adapter anywhere: the base model. */
  public static final Adapters NONE = new Adapters(Map.of());

  private final Map<String, Adapter> byModule;
  private final Map<Integer, TokenModulation> modulations; // by block
  private final List<Task> tasks; // side by side; none where there is one

  /**
   * A task of a batch.
   *
   * @param number its place in the batch, as {@link Pass#enter} takes it
   * @param adapters its own
   * @param from its first token in the batch
   * @param to the token after its last
   */
  public record Task(int number, Adapters adapters, int from, int to) {}

  /** Adapters by module name. */
  public Adapters(Map<String, ? extends Adapter> byModule) {
    this(byModule, Map.of());
  }

  /**
   * Adapters by module name, and what modulates tokens before they are merged.
   *
   * @param modulations by the number of the block
   */
  public Adapters(
      Map<String, ? extends Adapter> byModule, Map<Integer, TokenModulation> modulations) {
    this(byModule, modulations, List.of());
  }

  private Adapters(
      Map<String, ? extends Adapter> byModule,
      Map<Integer, TokenModulation> modulations,
      List<Task> tasks) {
    this.byModule = new LinkedHashMap<>(byModule);
    this.modulations = Map.copyOf(modulations);
    this.tasks = tasks;
  }

  /**
   * Adapters of several tasks for one batch, whose columns are grouped by task. None of them merges
   * tokens.
   *
   * @param tasks the tasks' adapters, refreshed
   * @param starts where each task's tokens start in the batch, and their number at the end
   * @param chosenStarts the same for the tokens that are asked for
   */
  public static Adapters mixed(List<Adapters> tasks, int[] starts, int[] chosenStarts) {
    Map<String, Adapter> byModule = new LinkedHashMap<>();
    for (Adapters task : tasks) {
      for (String module : task.byModule.keySet()) {
        byModule.computeIfAbsent(
            module,
            name ->
                new MixedAdapter(
                    task.byModule.get(name).linear(),
                    tasks.stream().map(t -> t.byModule.get(name)).collect(Collectors.toList()),
                    starts,
                    chosenStarts));
      }
    }
    List<Task> all = new ArrayList<>();
    for (int t = 0; t < tasks.size(); t++) {
      all.add(new Task(t, tasks.get(t), starts[t], starts[t + 1]));
    }
    return new Adapters(byModule, Map.of(), all);
  }

  /**
   * The tasks of a batch, each with adapters for whatever does not belong to one token of it.
   *
   * @param tokens of the batch
   */
  public List<Task> tasks(int tokens) {
    return tasks.isEmpty() ? List.of(new Task(0, this, 0, tokens)) : tasks;
  }

  /**
   * The first of some blocks that has an adapter or a modulation, below which no backward is
   * needed; their number if none has.
   *
   * @param blocks the linear layers of each
   */
  public int lowest(List<List<FrozenLinear>> blocks) {
    for (int i = 0; i < blocks.size(); i++) {
      if (modulation(i) != null || blocks.get(i).stream().anyMatch(linear -> get(linear) != null)) {
        return i;
      }
    }
    return blocks.size();
  }

  /** What modulates the tokens that a block merges, or null. */
  public TokenModulation modulation(int block) {
    return modulations.get(block);
  }

  /** The adapter of a layer, or null. */
  public Adapter get(FrozenLinear linear) {
    return byModule.get(linear.name());
  }

  /**
   * Takes up new parameter values; see {@link Adapter#refresh}.
   *
   * @param seed of the training step; every module draws its own pairing from it
   */
  public void refresh(Pass pass, long seed, boolean training) {
    List<Sum> together = new ArrayList<>();
    byModule.forEach(
        (module, adapter) -> {
          long own = Seeds.mix(seed, Seeds.of(module));
          if (adapter instanceof AdditiveAdapter additive
              && additive.delta() instanceof Delta.InRounds delta) {
            together.addAll(delta.refreshed(own, training));
          } else {
            adapter.refresh(pass, own, training);
          }
        });
    pass.kernels().sums(together);
  }

  /** All of them, by module name. */
  public Map<String, Adapter> byModule() {
    return byModule;
  }
}
