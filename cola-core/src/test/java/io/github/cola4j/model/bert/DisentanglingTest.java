package io.github.cola4j.model.bert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.model.TransformerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisentanglingTest {

  private static Disentangling buckets(int buckets, int maxDistance) {
    return new Disentangling(buckets, buckets, maxDistance, true, true, true, true);
  }

  /** Where {@code make_log_bucket_position} of transformers changes, by buckets and distance. */
  @ParameterizedTest
  @CsvSource({
    "16, 64, 0, 0, 0",
    "16, 64, 8, 8, 8",
    "16, 64, 9, 10, 9",
    "16, 64, 11, 14, 10",
    "16, 64, 15, 19, 11",
    "16, 64, 20, 26, 12",
    "16, 64, 27, 34, 13",
    "16, 64, 35, 46, 14",
    "16, 64, 47, 63, 15",
    "32, 512, 16, 16, 16",
    "32, 512, 17, 20, 17",
    "32, 512, 51, 63, 22",
    "32, 512, 64, 80, 23",
    "32, 512, 322, 405, 30",
    "32, 512, 406, 511, 31",
    "256, 512, 128, 128, 128",
    "256, 512, 130, 130, 130",
    "256, 512, 140, 140, 137",
    "256, 512, 200, 200, 169",
    "256, 512, 255, 256, 192",
    "256, 512, 400, 400, 233",
    "256, 512, 510, 511, 255",
  })
  void bucketsByDistance(int buckets, int maxDistance, int from, int to, int bucket) {
    Disentangling form = buckets(buckets, maxDistance);
    for (int distance = from; distance <= to; distance++) {
      assertThat(form.column(distance)).as("of %d", distance).isEqualTo(buckets + bucket);
      assertThat(form.column(-distance)).as("of -%d", distance).isEqualTo(buckets - bucket);
    }
  }

  /** Σ bucket · distance over 0 … 511 by transformers. */
  @Test
  void allBucketsOfPublishedModels() {
    Disentangling form = buckets(256, 512);
    long sum = 0;
    for (int distance = 0; distance < 512; distance++) {
      sum += (long) distance * (form.column(distance) - 256);
    }
    assertThat(sum).isEqualTo(27457213L);
  }

  @Test
  void withoutBucketsFarDistancesShareTheLastEntry() {
    Disentangling form = new Disentangling(12, 0, 12, true, false, false, false);
    assertThat(form.column(0)).isEqualTo(12);
    assertThat(form.column(11)).isEqualTo(23);
    assertThat(form.column(40)).isEqualTo(23);
    assertThat(form.column(-12)).isZero();
    assertThat(form.column(-40)).isZero();
    assertThat(form.terms()).isEqualTo(2);
  }

  private static BertConfig read(String keys) {
    return (BertConfig)
        TransformerConfig.read(
            "{\"model_type\": \"deberta-v2\", \"relative_attention\": true" + keys + "}",
            "x/config.json");
  }

  /** Those of transformers' DebertaV2Config. */
  @Test
  void whatIsLeftOutHasTheValueOfTransformers() {
    BertConfig config = read("");
    assertThat(config.vocabSize()).isEqualTo(128_100);
    assertThat(config.hiddenSize()).isEqualTo(1536);
    assertThat(config.layers()).isEqualTo(24);
    assertThat(config.heads()).isEqualTo(24);
    assertThat(config.intermediateSize()).isEqualTo(6144);
    assertThat(config.blocks().layerNormEps()).isEqualTo(1e-7);
    assertThat(config.maxPositions()).isEqualTo(512);
    assertThat(config.embeddings().hasPositions()).isTrue();
    assertThat(config.typeVocabSize()).isZero();
    assertThat(config.disentangling())
        .isEqualTo(new Disentangling(512, 0, 512, false, false, false, false));
  }

  /** The keys that deberta-v3-base has. */
  @Test
  void keysOfVersion3() {
    BertConfig config =
        read(
            ", \"hidden_size\": 768, \"num_attention_heads\": 12, \"position_biased_input\": false,"
                + " \"max_relative_positions\": -1, \"position_buckets\": 256, \"norm_rel_ebd\":"
                + " \"layer_norm\", \"share_att_key\": true, \"pos_att_type\": \"p2c|c2p\"");
    assertThat(config.embeddings().hasPositions()).isFalse();
    assertThat(config.disentangling())
        .isEqualTo(new Disentangling(256, 256, 512, true, true, true, true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"conv_kernel_size\": 3 | conv_kernel_size must be 0 or absent: convolutions",
        "\"relative_attention\": false | relative_attention must be true",
        "\"pos_att_type\": [\"p2p\"] | pos_att_type must be a list of c2p and p2c",
        "\"norm_rel_ebd\": \"batch_norm\" | norm_rel_ebd must be \"layer_norm\" or \"none\"",
        "\"hidden_act\": \"relu\" | hidden_act must be \"gelu\"",
        "\"pooler_hidden_act\": \"tanh\" | pooler_hidden_act must be \"gelu\"",
        "\"attention_head_size\": 32 | attention_head_size must be absent or 64",
        "\"embedding_size\": 128 | embedding_size must be absent or 1536",
        "\"pooler_hidden_size\": 128 | pooler_hidden_size must be absent or 1536",
        "\"position_buckets\": 2 | position_buckets must be at least 4",
        "\"position_buckets\": 64, \"max_relative_positions\": 33 | max_relative_positions more",
      })
  void whatIsNotComputedIsRefusedByName(String key, String message) {
    String keys =
        key.startsWith("\"relative_attention") ? key : "\"relative_attention\": true, " + key;
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                TransformerConfig.read(
                    "{\"model_type\": \"deberta-v2\", " + keys + "}", "x/config.json"))
        .withMessageStartingWith("x/config.json: ")
        .withMessageContaining(message);
  }
}
