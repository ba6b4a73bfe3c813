package io.github.cola4j.spark.data.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class DuplicatesTest {
  @Test
  void equalExamplesAreCountedAndTheFirstStaysInItsPlace() throws IOException {
    List<Example> unique = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      unique.add(new Example("text " + (7 * i) % 30, i % 3 == 0 ? "pair" : null, "label"));
    }
    List<Example> all = new ArrayList<>(unique);
    all.add(11, unique.get(3));
    all.add(unique.get(0));
    all.add(unique.get(0));
    all.add(new Example(unique.get(0).text(), "pair", "another label"));
    unique.add(all.get(all.size() - 1));

    try (SparkSession session = TestSpark.open("local[2]")) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      for (int partitions : new int[] {1, 5}) {
        JavaRDD<Example> examples = spark.parallelize(all, partitions);
        assertThat(Duplicates.count(examples)).isEqualTo(3);
        JavaRDD<Example> dropped = Duplicates.dropped(examples);
        assertThat(dropped.collect()).isEqualTo(unique);
        assertThat(Duplicates.count(dropped)).isZero();
      }
    }
  }
}
