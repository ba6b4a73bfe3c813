package io.github.cola4j.spark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelSpellingTest {
  @TempDir Path folder;

  @Test
  void numbersInTwoSpellingsAreTwins() {
    assertThat(LabelSpelling.twins(List.of("0", "1", "-1", "x"), List.of("0.0", "1.00", "y")))
        .isEqualTo(Map.of("0", "0.0", "1", "1.00"));
  }

  @Test
  void theMessageShowsBothSpellings() throws IOException {
    Files.writeString(folder.resolve("train.csv"), "text,label\na,0.0\nb,1.0\nc,0.0\n");
    Files.writeString(folder.resolve("test.csv"), "text,label\na,0\nb,1\n");
    Path file =
        Files.writeString(
            folder.resolve("job.yaml"),
            "model: m\ntasks: [{name: t, train: train.csv, test: test.csv}]\noutput: out\n");
    Job job = JobFile.read(file, List.of());

    try (SparkSession spark = TestSpark.open("local[2]")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> JobData.read(spark, job, Purpose.CLASSIFICATION, List.of()))
          .withMessage(
              "task 't': labels of the test examples are written in another way than the classes:"
                  + " '0' for '0.0', '1' for '1.0'; the classes are [0.0, 1.0]. Write both in one"
                  + " way, such as whole numbers without a point");
    }
  }
}
