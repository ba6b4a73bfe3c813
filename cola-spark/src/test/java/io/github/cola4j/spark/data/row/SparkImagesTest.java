package io.github.cola4j.spark.data.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.data.image.ImageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pixels of Spark's image source, right and wrong: a wrong one costs its row and not the job. */
class SparkImagesTest {
  private static byte[] struct(String header, int... pixels) {
    byte[] line = header.getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(line, line.length + pixels.length);
    for (int i = 0; i < pixels.length; i++) {
      all[line.length + i] = (byte) pixels[i];
    }
    return all;
  }

  @Test
  void blueGreenAndRedAreTurned() {
    byte[] file = SparkImages.file(struct("spark-image 1 2 3 16 \n", 1, 2, 3, 4, 5, 6));
    assertThat(ImageDecoder.decode(file).pixels()).containsExactly(3, 2, 1, 6, 5, 4);
    file = SparkImages.file(struct("spark-image 1 2 1 0 \n", 7, 8));
    assertThat(ImageDecoder.decode(file).pixels()).containsExactly(7, 7, 7, 8, 8, 8);
    file = SparkImages.file(struct("spark-image 1 1 4 24 \n", 1, 2, 3, 4));
    assertThat(ImageDecoder.decode(file).pixels()).containsExactly(3, 2, 1);
  }

  @ParameterizedTest
  @CsvSource({"1 2 2 16", "1 1 3 0", "1 1 4 5", "1 4 3 16", "-1 -4 1 0", "1 1 x 16", "1 1 4"})
  void whatIsNoImageIsTold(String numbers) {
    byte[] content = struct("spark-image " + numbers + " \n", 1, 2, 3, 4);
    assertThatIllegalArgumentException().isThrownBy(() -> SparkImages.file(content));
  }

  @Test
  void aMarkWithoutAnEndIsTold() {
    byte[] content = struct("spark-image 1 1 1 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SparkImages.file(content))
        .withMessageStartingWith("is damaged");
    assertThat(SparkImages.file(struct("spark"))).isEqualTo(struct("spark"));
  }
}
