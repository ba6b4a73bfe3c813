package io.github.cola4j.model.generate;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** New tokens of texts side by side, and the adapters of their tasks. */
final class Columns {
  private Columns() {}

  /** The new tokens of each text. */
  static TokenBatch batch(List<int[]> tokens) {
    int[] starts = new int[tokens.size() + 1];
    for (int s = 0; s < tokens.size(); s++) {
      starts[s + 1] = starts[s] + tokens.get(s).length;
    }
    int[] ids = tokens.stream().flatMapToInt(Arrays::stream).toArray();
    return new TokenBatch(ids, new int[ids.length], starts);
  }

  /**
   * One task's adapters as they are; of several tasks, each for its own texts' columns.
   *
   * @param own each text's adapters
   * @param asked how many columns of each text are asked for
   */
  static Adapters mixed(List<Adapters> own, TokenBatch batch, int[] asked) {
    List<Adapters> tasks = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    List<Integer> chosenStarts = new ArrayList<>();
    int chosen = 0;
    for (int s = 0; s < asked.length; s++) {
      Adapters task = own.get(s);
      if (tasks.isEmpty() || tasks.get(tasks.size() - 1) != task) {
        tasks.add(task);
        starts.add(batch.starts()[s]);
        chosenStarts.add(chosen);
      }
      chosen += asked[s];
    }
    if (tasks.size() == 1) {
      return tasks.get(0);
    }
    starts.add(batch.tokens());
    chosenStarts.add(chosen);
    return Adapters.mixed(
        tasks,
        starts.stream().mapToInt(Integer::intValue).toArray(),
        chosenStarts.stream().mapToInt(Integer::intValue).toArray());
  }
}
