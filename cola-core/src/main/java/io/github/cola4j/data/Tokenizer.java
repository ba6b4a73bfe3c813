package io.github.cola4j.data;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
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
   * @param maxLength tokens of a text at most, special tokens included
   * @throws IllegalArgumentException if it is none
   */
  public Tokenizer(byte[] json, String source, int maxLength) {
    Map<String, String> options =
        Map.of(
            "truncation", "true",
            "padding", "false",
            "maxLength", String.valueOf(maxLength),
            "modelMaxLength", String.valueOf(maxLength));
    try {
      tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          source + " is not a readable tokenizer.json: " + e.getMessage(), e);
    }
  }

  /**
   * Refuses a tokenizer with more entries than the model has embeddings.
   *
   * @param vocabulary the model's
   */
  public void requireVocabulary(int vocabulary, String source) {
    int highest = highestId(vocabulary);
    if (highest >= vocabulary) {
      throw new IllegalArgumentException(
          source
              + ": the tokenizer has a token of id "
              + highest
              + ", the model's vocabulary has "
              + vocabulary
              + " entries; take tokenizer.json and weights of one and the same model");
    }
  }

  /** The first id from {@code vocabulary} on that decodes to something, or −1. */
  private int highestId(int vocabulary) {
    long[] beyond = {vocabulary};
    return tokenizer.decode(beyond, false).isEmpty() ? -1 : vocabulary;
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
            ? tokenizer.encode(text, true, true)
            : tokenizer.encode(text, pair, true, true);
    Sample sample =
        new Sample(
            Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray(),
            Arrays.stream(encoding.getTypeIds()).mapToInt(Math::toIntExact).toArray(),
            label);
    return new Tokens(sample, encoding.getOverflowing().length > 0);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
