package io.github.cola4j.train;

import io.github.cola4j.adapter.ParameterLayout.Kind;
import java.io.Serializable;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * The steps of a round, and what they train.
 *
 * @param steps how many
 * @param behind for each kind of parameter that is trained, the steps that its moments have behind
 *     them: AdamW's bias correction goes on from there. Other kinds stay as they are
 */
public record LocalSteps(int steps, Map<Kind, Integer> behind) implements Serializable {
  /** Keeps a copy; refuses to train what is fixed. */
  public LocalSteps {
    EnumMap<Kind, Integer> copy = new EnumMap<>(Kind.class);
    copy.putAll(behind);
    behind = Collections.unmodifiableMap(copy);
    if (behind.containsKey(Kind.FIXED)) {
      throw new IllegalArgumentException(
          "expected kinds of parameters that can be trained, "
              + Kind.trainable()
              + ", got "
              + behind.keySet());
    }
  }

  /** Steps that train everything, all moments being equally old. */
  public static LocalSteps all(int steps, int behind) {
    EnumMap<Kind, Integer> every = new EnumMap<>(Kind.class);
    Kind.trainable().forEach(kind -> every.put(kind, behind));
    return new LocalSteps(steps, every);
  }

  /** What is trained. */
  public Set<Kind> trained() {
    return behind.keySet();
  }
}
