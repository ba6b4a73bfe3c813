package io.github.cola4j.data;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;

/**
 * A Hugging Face tokenizer from its {@code tokenizer.json}, without padding; longer texts are
 * truncated so that the special tokens stay (of a pair, the longer text first). Safe for many
 * threads. Close it to free its native memory.
 */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;

  /**
   * A tokenised text.
   *
   * @param sample its tokens
   * @param truncated whether some were cut off
   */
  public record Tokens(Sample sample, boolean truncated) {}

  /**
   * Reads a tokenizer.
   *
   * @param json the content of {@code tokenizer.json}
   * @param source for messages
   * @param vocabulary the number of embeddings of the model it is for
   * @param maxLength tokens of a text at most, special tokens included
   * @throws IllegalArgumentException if it is none, or has more entries than the model
   */
  public Tokenizer(byte[] json, String source, int vocabulary, int maxLength) {
    Map<String, String> options =
        Map.of(
            "truncation",
            "true",
            "padding",
            "false",
            "maxLength",
            String.valueOf(maxLength),
            "modelMaxLength",
            String.valueOf(maxLength));
    try {
      int highest = highestId(new ObjectMapper().readTree(json));
      if (highest >= vocabulary) {
        throw new IllegalArgumentException(
            "the vocabulary has a token of id "
                + highest
                + ", the model has "
                + vocabulary
                + " embeddings; take tokenizer.json and weights of one and the same model");
      }
      tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          source + " is not a usable tokenizer.json: " + e.getMessage(), e);
    }
  }

  /** The largest id of {@code tokenizer.json}'s vocabulary and added tokens. */
  private static int highestId(JsonNode json) {
    JsonNode vocabulary = json.path("model").path("vocab");
    int highest = vocabulary.isArray() ? vocabulary.size() - 1 : -1;
    if (vocabulary.isObject()) {
      for (JsonNode id : vocabulary) {
        highest = Math.max(highest, id.asInt());
      }
    }
    for (JsonNode token : json.path("added_tokens")) {
      highest = Math.max(highest, token.path("id").asInt());
    }
    return highest;
  }

  /**
   * Tokenises a text or a pair.
   *
   * @param pair the second text, or null
   * @param label the class's number
   */
  public Tokens encode(String text, String pair, int label) {
    Encoding encoding =
        pair == null
            ? tokenizer.encode(text, true, false)
            : tokenizer.encode(text, pair, true, false);
    Sample sample =
        new Sample(
            Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray(),
            Arrays.stream(encoding.getTypeIds()).mapToInt(Math::toIntExact).toArray(),
            label);
    return new Tokens(sample, encoding.exceedMaxLength());
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
