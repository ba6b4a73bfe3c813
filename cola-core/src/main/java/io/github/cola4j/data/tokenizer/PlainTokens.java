package io.github.cola4j.data.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Function;

/** A tokenizer that reads the texts of special tokens as any other text. */
final class PlainTokens implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final Function<long[], int[]> checked;
  private final TextPrefix prefixes;

  /**
   * Of a tokenizer.
   *
   * @param json without its special tokens
   * @param options of the native one
   * @param checked checks tokens' ids
   */
  PlainTokens(byte[] json, Map<String, String> options, Function<long[], int[]> checked) {
    try {
      tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.checked = checked;
    this.prefixes = new TextPrefix(this::all, false);
  }

  private int[] all(String text) {
    return checked.apply(tokenizer.encode(text, false, false).getIds());
  }

  /** The first tokens of a text, as {@link Tokenizer#ids(String, boolean, int)}. */
  int[] ids(String text, int limit) {
    return all(prefixes.of(text, limit));
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
