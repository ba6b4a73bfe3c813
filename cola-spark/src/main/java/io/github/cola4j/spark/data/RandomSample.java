package io.github.cola4j.spark.data;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.nn.Seeds;
import java.io.Serializable;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * A sample of examples without replacement, the same for a seed however the data is partitioned.
 */
public final class RandomSample {
  private RandomSample() {}

  /**
   * Some examples, in their order.
   *
   * @param count how many {@code examples} has
   */
  public static <T extends Serializable> JavaRDD<T> of(
      JavaRDD<T> examples, long count, int limit, long seed, String name) {
    long choice = Seeds.mix(seed, Seeds.of(name), Seeds.of("sample"));
    int[] places = Batcher.permutation(Math.toIntExact(count), choice);
    BitSet chosen = new BitSet(places.length); // travels, so that no partition permutes all of them
    IntStream.range(0, places.length).filter(i -> places[i] < limit).forEach(chosen::set);
    return examples
        .zipWithIndex()
        .filter(row -> chosen.get(Math.toIntExact(row._2())))
        .map(Tuple2::_1);
  }
}
