package io.github.cola4j.model.vit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.ImageBatch;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Who is merged with whom, on keys that can be compared by hand. */
class TokenMatchingTest {

  /** Keys of one head, two features, by their angles in degrees. */
  private static TokenMatching ofAngles(int images, int r, double... angles) {
    float[] keys = new float[2 * angles.length];
    for (int t = 0; t < angles.length; t++) {
      double length = 1 + t; // which does not matter
      keys[2 * t] = (float) (length * Math.cos(Math.toRadians(angles[t])));
      keys[2 * t + 1] = (float) (length * Math.sin(Math.toRadians(angles[t])));
    }
    return match(images, r, 1, 2, keys);
  }

  private static TokenMatching match(int images, int r, int heads, int rows, float... keys) {
    int each = keys.length / rows / images;
    ImageTokens tokens = ImageTokens.of(new ImageBatch(new float[images], 1, each));
    try (Pass pass = new Pass(DataType.FLOAT)) {
      Matrix k = Matrix.of(DataType.FLOAT, rows, images * each, keys);
      return TokenMatching.of(pass, k, heads, tokens, tokens.mergeable(r));
    }
  }

  @Test
  void theMostSimilarPairsAreMerged() {
    // a: class token 0°, 30°, 100°, 200°; b: 1°, 90°, 205°
    TokenMatching matching = ofAngles(1, 2, 0, 1, 30, 90, 100, 205, 200);
    assertThat(matching.sources()).containsExactly(6, 4); // 5° and 10° apart; the class token not
    assertThat(matching.targets()).containsExactly(5, 3);
    assertThat(matching.kept()).containsExactly(0, 2, 1, 3, 5);
    assertThat(matching.merged()).containsExactly(4, 3);
  }

  @Test
  void imagesAreMatchedEachForItself() {
    TokenMatching matching = ofAngles(2, 1, 0, 1, 30, 90, 100, /* the second */ 0, 40, 41, 90, 180);
    assertThat(matching.sources()).containsExactly(4, 7);
    assertThat(matching.targets()).containsExactly(3, 6);
    assertThat(matching.kept()).containsExactly(0, 2, 1, 3, 5, 9, 6, 8);
    assertThat(matching.merged()).containsExactly(3, 6);
  }

  @Test
  void amongEqualsTheEarlierCounts() {
    float[] same = new float[2 * 9];
    Arrays.fill(same, 0.3f);
    TokenMatching matching = match(1, 3, 1, 2, same);
    assertThat(matching.sources()).containsExactly(2, 4, 6);
    assertThat(matching.targets()).containsExactly(1, 1, 1);
    assertThat(matching.kept()).containsExactly(0, 8, 1, 3, 5, 7);
    assertThat(matching.merged()).containsExactly(2, 2, 2);
    // no direction at all is equally far from everything
    assertThat(match(1, 1, 1, 2, new float[2 * 5]).sources()).containsExactly(2);
  }

  @Test
  void noMoreThanThereAre() {
    TokenMatching matching = ofAngles(1, 50, 0, 1, 30, 90);
    assertThat(matching.sources()).containsExactly(2);
    assertThat(matching.kept()).containsExactly(0, 1, 3);
    assertThat(ImageTokens.of(new ImageBatch(new float[1], 1, 2)).mergeable(50)).isZero();
    assertThat(ImageTokens.of(new ImageBatch(new float[1], 1, 1)).mergeable(50)).isZero();
    assertThat(ImageTokens.of(new ImageBatch(new float[1], 1, 197)).mergeable(500)).isEqualTo(98);
  }

  /** Two heads that differ: their mean, not one of them, decides. */
  @Test
  void keysAreAveragedOverHeads() {
    float[] keys = {
      1, 0, 1, 0, // class token
      4, 0, 0, 1, // b: mean (2, ½)
      0, 1, 4, 0, // a: mean (2, ½), though no head is like b's
      0, -1, 0, -1, // b
      0, 1, 0, 1, // a: nobody's like
    };
    TokenMatching matching = match(1, 1, 2, 4, keys);
    assertThat(matching.sources()).containsExactly(2);
    assertThat(matching.targets()).containsExactly(1);
  }
}
