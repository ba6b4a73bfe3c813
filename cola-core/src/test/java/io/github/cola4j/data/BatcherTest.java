package io.github.cola4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.nn.batch.Batch;
import io.github.cola4j.nn.batch.FeatureBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatcherTest {
  private static final List<Sample> TEXTS =
      List.of(text(5, 6, 7), text(8), text(9, 10), text(11, 12));

  private static final List<Sample> NUMBERS =
      List.of(numbers(1.5f, -0f), numbers(Float.MIN_VALUE, 3));

  private static Sample text(int... ids) {
    return new Sample(ids, new int[ids.length], ids.length);
  }

  private static Sample numbers(float... values) {
    return new Sample(new Sample.Features(values), new int[] {1});
  }

  @Test
  void tokensLieSideBySide() {
    Batch batch = Batcher.batch(TEXTS, new int[] {2, 0});

    TokenBatch tokens = TokenBatch.of(batch);
    assertThat(tokens.ids()).containsExactly(9, 10, 5, 6, 7);
    assertThat(tokens.starts()).containsExactly(0, 2, 5);
    assertThat(Batcher.labels(TEXTS, new int[] {2, 0})).containsExactly(2, 3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FeatureBatch.of(batch))
        .withMessageContaining("expected a batch of features")
        .withMessageContaining("tokens");
  }

  @Test
  void featuresKeepTheirBits() {
    Batch batch = Batcher.batch(NUMBERS, new int[] {1, 0});

    FeatureBatch features = FeatureBatch.of(batch);
    assertThat(features.examples()).isEqualTo(2);
    assertThat(features.width()).isEqualTo(2);
    assertThat(Float.floatToRawIntBits(features.features()[0])).isEqualTo(1);
    assertThat(Float.floatToRawIntBits(features.features()[3])).isEqualTo(0x80000000);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenBatch.of(batch))
        .withMessageContaining("expected a batch of tokens");
  }

  @Test
  void whatFitsTogetherIsCountedInTokensOrFeatures() {
    int[] all = {0, 1, 2, 3};

    assertThat(Batcher.byTokens(TEXTS, all, 5)).containsExactly(new int[] {1, 2, 3}, new int[] {0});
    assertThat(Batcher.byTokens(NUMBERS, new int[] {0, 1}, 3)).hasSize(2);
  }

  @Test
  void refusesABatchOfBothAndExamplesOfDifferentWidth() {
    int[] both = {0, 1};

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Batcher.batch(List.of(TEXTS.get(0), NUMBERS.get(0)), both))
        .withMessageContaining("expected a tokenised sample, got one of 2 features");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Batcher.batch(List.of(NUMBERS.get(0), TEXTS.get(0)), both))
        .withMessageContaining("expected a sample of features, got one of 3 tokens");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Batcher.batch(List.of(NUMBERS.get(0), numbers(1)), both))
        .withMessageContaining("expected examples of as many features, got 2 and 1");
  }

  @Test
  void samplesTravelAsTheyAre() throws Exception {
    Sample text = copy(TEXTS.get(0));
    Sample numbers = copy(NUMBERS.get(1));

    assertThat(text.ids()).containsExactly(5, 6, 7);
    assertThat(text.typeIds()).containsExactly(0, 0, 0);
    assertThat(text.labels()).containsExactly(3);
    assertThat(Float.floatToRawIntBits(numbers.features()[0])).isEqualTo(1);
  }

  private static Sample copy(Sample sample) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(sample);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (Sample) in.readObject();
    }
  }
}
