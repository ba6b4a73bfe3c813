package io.github.cola4j.spark.internal.state;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How the states of one training have the factors: every one, or those that are equal and stay so
 * once ({@link AdaptedModules#collapsed}). What is trained, sent and kept from round to round is in
 * this form, snapshots too; adapters and what else a program gives or gets have every factor.
 */
public final class StateForm {
  private final AdaptedModules all;
  private final float[] allInitial;
  private final ParameterLayout once; // without copies if no factors are bound to stay equal
  private final AdaptedModules modules;
  private final float[] initial;

  private StateForm(
      AdaptedModules all, float[] allInitial, AdaptedModules modules, float[] initial) {
    this.all = all;
    this.allInitial = allInitial;
    this.once = all.collapsed().orElse(all).layout();
    this.modules = modules;
    this.initial = initial;
  }

  /**
   * Every factor for itself.
   *
   * @param initial the factors' starting values
   */
  public static StateForm expanded(AdaptedModules modules, float[] initial) {
    return new StateForm(modules, initial, modules, initial);
  }

  /**
   * Equal factors once, if they are bound to stay equal and are so from the first.
   *
   * @param initial the factors' starting values
   * @param states that tasks begin with, where these are others; read one after the other
   */
  public static StateForm of(AdaptedModules modules, float[] initial, Stream<TaskState> states) {
    StateForm every = expanded(modules, initial);
    Optional<AdaptedModules> collapsed = modules.collapsed();
    if (collapsed.isEmpty()) {
      return every;
    }
    ParameterLayout once = every.once;
    Optional<float[]> start = once.collapse(initial);
    boolean areEqual =
        start.isPresent()
            && states.allMatch(
                state ->
                    Stream.of(state.theta(), state.m(), state.v())
                        .allMatch(vector -> once.collapse(vector).isPresent()));
    return areEqual ? new StateForm(modules, initial, collapsed.get(), start.get()) : every;
  }

  /** The adapted layers, laid out as states are. */
  public AdaptedModules modules() {
    return modules;
  }

  /** The factors' starting values, laid out as states are. */
  public float[] initial() {
    return initial;
  }

  /** Whether equal factors are there once. */
  public boolean isCollapsed() {
    return modules != all;
  }

  /** A state of every factor in this form, which {@link #of} has found to be possible. */
  public TaskState state(TaskState every) {
    return isCollapsed()
        ? new TaskState(
            once.collapse(every.theta()).orElseThrow(),
            once.collapse(every.m()).orElseThrow(),
            once.collapse(every.v()).orElseThrow(),
            every.step())
        : every;
  }

  /**
   * The form in which training resumes: this one, or that of every factor where a snapshot has some
   * that are not equal.
   *
   * @param heads by task, how many parameters are behind those of the adapter
   */
  public StateForm resuming(TrainingSnapshot from, Map<String, Integer> heads) {
    // all tasks of a snapshot have one form, so that the first one's file says whether it is this
    boolean fits =
        !isCollapsed()
            || heads.keySet().stream()
                .limit(1)
                .allMatch(task -> vectors(from, task).get("theta").length == length(task, heads))
            || heads.keySet().stream()
                .allMatch(
                    task ->
                        vectors(from, task).values().stream()
                            .allMatch(
                                vector -> reading().of(vector, length(task, heads)).isPresent()));
    return fits ? this : expanded(all, allInitial);
  }

  private static Map<String, float[]> vectors(TrainingSnapshot from, String task) {
    return from.task(task).vectors().get();
  }

  private int length(String task, Map<String, Integer> heads) {
    return initial.length + heads.get(task);
  }

  /** What brings vectors into this form, and out of it. */
  public Reading reading() {
    return new Reading(once, isCollapsed());
  }

  /**
   * What brings vectors into a form, and out of it; on executors too.
   *
   * @param once a layout without copies if no factors are bound to stay equal
   * @param collapsed whether equal factors are there once
   */
  public record Reading(ParameterLayout once, boolean collapsed) implements Serializable {

    /**
     * Vectors that have one form or the other in this one.
     *
     * @param length that they have in this form; those of a length that is neither's stay as they
     *     are
     */
    public Map<String, float[]> of(Map<String, float[]> vectors, int length) {
      Map<String, float[]> mine = new TreeMap<>();
      vectors.forEach((name, vector) -> mine.put(name, of(vector, length).orElseThrow()));
      return mine;
    }

    /** A vector of this form with every factor for itself. */
    public float[] expand(float[] vector) {
      return collapsed ? once.expand(vector) : vector;
    }

    private Optional<float[]> of(float[] vector, int length) {
      int copies = once.expandedLength() - once.length();
      if (collapsed && vector.length == length + copies) {
        return once.collapse(vector);
      }
      boolean lacksCopies = !collapsed && copies > 0 && vector.length == length - copies;
      return Optional.of(lacksCopies ? once.expand(vector) : vector);
    }
  }
}
