package io.github.cola4j.spark.internal.round;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.adapter.SharedAdapters;
import io.github.cola4j.spark.internal.state.AdapterForm;
import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.TaskProgress;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Writes trained adapters, on the machines that have their states. */
record AdapterWriter(SharedAdapters folder, Broadcast<AdapterWriter.Sent> sent)
    implements Function<HeldState, AdapterWriter.Written> {

  /**
   * What is the same for all tasks.
   *
   * @param descriptions by task
   * @param progress by task, as was decided of it
   */
  record Sent(
      AdapterForm form,
      List<AdapterStore.Description> descriptions,
      TreeMap<Integer, TaskProgress> progress)
      implements Serializable {}

  /**
   * What became of an adapter.
   *
   * @param head how many parameters it has behind the factors
   * @param failure null where it is written
   */
  record Written(int task, int head, IOException failure) implements Serializable {}

  @Override
  public Written call(HeldState state) {
    Sent all = sent.value();
    HeldState held = state.decided(all.progress().get(state.task()));
    TrainedAdapter adapter =
        all.form()
            .of(all.descriptions().get(held.task()), held.best(), held.progress().stepsBefore());
    IOException failure = null;
    try {
      folder.write(adapter);
    } catch (IOException e) {
      failure = e;
    }
    return new Written(held.task(), adapter.theta().length - all.form().initial().length, failure);
  }
}
