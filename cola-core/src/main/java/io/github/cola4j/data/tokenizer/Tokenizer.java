package io.github.cola4j.data.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.github.cola4j.data.Sample;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A Hugging Face tokenizer from its {@code tokenizer.json}, without padding. With a largest length,
 * longer texts are truncated so that the special tokens stay (of a pair, the longer text first).
 * Safe for many threads. Close it to free its native memory.
 */
public final class Tokenizer implements AutoCloseable {
  static {
    // else DJL looks for a GPU and downloads natives built for it; texts are tokenised on the CPU
    String flavor = "RUST_FLAVOR";
    if (System.getenv(flavor) == null && System.getProperty(flavor) == null) {
      System.setProperty(flavor, "cpu");
    }
  }

  private static final Map<String, String> OPTIONS =
      Map.of("padding", "false", "truncation", "false");

  private final HuggingFaceTokenizer tokenizer;

  private final TokenizerJson checked;
  private final OptionalInt maxLength;
  private final int vocabulary;
  private final String source;
  private final TextPrefix prefixes;

  /** Added tokens: those that a text holds whole, special ones among them. */
  private final Map<Integer, String> textOf = new HashMap<>();

  /** Whether a space is put before a text, as SentencePiece does. */
  private final boolean spaceBefore;

  private PlainTokens plain; // made when it is first needed

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
    this(json, source, vocabulary, OptionalInt.of(maxLength));
  }

  /**
   * Reads a tokenizer that never truncates, as a decoder language model needs it.
   *
   * @see #Tokenizer(byte[], String, int, int)
   */
  public static Tokenizer untruncated(byte[] json, String source, int vocabulary) {
    return new Tokenizer(json, source, vocabulary, OptionalInt.empty());
  }

  private Tokenizer(byte[] json, String source, int vocabulary, OptionalInt maxLength) {
    try {
      checked = TokenizerJson.read(json, vocabulary);
      checked.addedTokens().forEach((text, id) -> textOf.put(id, text));
      tokenizer =
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(checked.json()), OPTIONS);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          source + " is not a usable tokenizer.json: " + e.getMessage(), e);
    }
    this.maxLength = maxLength;
    this.vocabulary = vocabulary;
    this.source = source;
    prefixes =
        new TextPrefix(
            text -> ints(tokenizer.encode(text, false, false).getIds()), checked.dropsBlanks());
    spaceBefore = maxLength.isEmpty() && spaceBefore();
  }

  /**
   * Refuses a tokenizer that has other tokens.
   *
   * @throws IllegalArgumentException naming the parts of the files that differ
   */
  public void requireSame(Tokenizer other) {
    List<String> differences = checked.differences(other.checked);
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          other.source
              + " is another tokenizer than "
              + source
              + ": they differ in "
              + String.join(", ", differences)
              + "; take two models of one family");
    }
  }

  /** Added tokens that the model has no embedding for: texts never have them. */
  public List<String> withoutEmbedding() {
    return checked.withoutEmbedding();
  }

  /** Whether {@code x} after a line break is not the token or tokens of {@code x} alone. */
  private boolean spaceBefore() {
    int[] lineBreak = ids("\n", false);
    int[] both = ids("\nx", false);
    return both.length > lineBreak.length
        && !Arrays.equals(Arrays.copyOfRange(both, lineBreak.length, both.length), ids("x", false));
  }

  /**
   * Tokenises a text or a pair.
   *
   * @param pair the second text, or null
   * @param label the class's number
   * @throws IllegalArgumentException if the text is so long that it must be cut, and has no place
   *     where it can be cut without other tokens
   */
  public Tokens encode(String text, String pair, int label) {
    int limit = maxLength.orElse(Integer.MAX_VALUE);
    String first = prefixes.of(text, limit);
    if (pair == null) {
      return truncated(tokenizer.encode(first, true, false), limit, label);
    }
    String second = prefixes.of(pair, limit);
    if (first.length() < text.length() && second.length() < pair.length()) {
      // which of the two is longer decides about a token of each
      first = prefixes.of(text, Integer.MAX_VALUE);
      second = prefixes.of(pair, Integer.MAX_VALUE);
    }
    return truncated(tokenizer.encode(first, second, true, false), limit, label);
  }

  /**
   * Takes the last tokens of a text away, of a pair from the longer text until both are as long;
   * special tokens around them stay. The native tokenizer would do the same, and make all
   * combinations of what it cut off, which takes a square of the texts' length.
   */
  private Tokens truncated(Encoding encoding, int limit, int label) {
    int[] ids = ints(encoding.getIds());
    int[] types = Arrays.stream(encoding.getTypeIds()).mapToInt(Math::toIntExact).toArray();
    if (ids.length <= limit) {
      return new Tokens(new Sample(ids, types, label), false);
    }
    long[] added = encoding.getSpecialTokenMask();
    long[] sequence = encoding.getSequenceIds();
    int[] lengths = new int[2];
    int room = limit;
    for (int t = 0; t < ids.length; t++) {
      if (added[t] == 1) {
        room--;
      } else {
        lengths[sequence[t] == 1 ? 1 : 0]++;
      }
    }
    int[] left = kept(lengths[0], lengths[1], Math.max(0, room));
    int kept = 0;
    for (int t = 0; t < ids.length; t++) {
      if (added[t] == 1 || left[sequence[t] == 1 ? 1 : 0]-- > 0) {
        ids[kept] = ids[t];
        types[kept++] = types[t];
      }
    }
    Sample sample = new Sample(Arrays.copyOf(ids, kept), Arrays.copyOf(types, kept), label);
    return new Tokens(sample, true);
  }

  /** How many of two texts' tokens stay, where they are more than there is room for. */
  private static int[] kept(int one, int two, int room) {
    int shorter = Math.min(Math.min(one, two), room / 2);
    int longer = Math.min(Math.max(one, two), room - shorter);
    return one > two ? new int[] {longer, shorter} : new int[] {shorter, longer};
  }

  /**
   * The tokens of a text; special tokens that stand in the text are found in any case.
   *
   * @param around whether special tokens are put around it, as the tokenizer does with a single
   *     text
   */
  public int[] ids(String text, boolean around) {
    return ids(text, around, Integer.MAX_VALUE);
  }

  /**
   * The first tokens of a text, in time that depends on their number and not on the text's length.
   *
   * @param limit how many of them are needed
   * @return all tokens, or more than {@code limit} of which the first {@code limit} are the text's
   * @throws IllegalArgumentException if the text is so long that it must be cut, and has no place
   *     where it can be cut without other tokens
   */
  public int[] ids(String text, boolean around, int limit) {
    return ints(tokenizer.encode(prefixes.of(text, limit), around, false).getIds());
  }

  /**
   * The tokens of a text that continues where others end, without special tokens around it. Where
   * the tokenizer would put a space before a text of its own, there is none before this one.
   *
   * @param before the tokens so far
   */
  public int[] continuation(int[] before, String text) {
    return continuation(before, text, Integer.MAX_VALUE);
  }

  /**
   * The first tokens of a text that continues where others end.
   *
   * @param limit how many of them are needed, as {@link #ids(String, boolean, int)} takes it
   */
  public int[] continuation(int[] before, String whole, int limit) {
    String text = prefixes.of(whole, limit);
    int[] alone = ids(text, false);
    if (!spaceBefore || before.length == 0) {
      return alone;
    }
    String context = textOf.getOrDefault(before[before.length - 1], "\n");
    int[] contextIds = ids(context, false);
    int[] both = ids(context + text, false);
    int n = contextIds.length;
    return both.length > n && Arrays.equals(contextIds, Arrays.copyOf(both, n))
        ? Arrays.copyOfRange(both, n, both.length)
        : alone;
  }

  /**
   * The first tokens of a text that continues where others end, in which special tokens are read as
   * text. It must be a piece between special tokens, or all there is.
   *
   * @param limit how many of them are needed, as {@link #ids(String, boolean, int)} takes it
   */
  public int[] plainContinuation(int[] before, String text, int limit) {
    boolean alone =
        !spaceBefore
            || before.length == 0
            || Arrays.equals(continuation(before, "x"), ids("x", false));
    if (alone) {
      return plain().ids(text, limit);
    }
    int context = plain().ids("\n", 1).length;
    int[] both = plain().ids("\n" + text, limit == Integer.MAX_VALUE ? limit : limit + context);
    return Arrays.copyOfRange(both, context, both.length);
  }

  private synchronized PlainTokens plain() {
    if (plain == null) {
      plain = new PlainTokens(checked.withoutSpecial(), OPTIONS, this::ints);
    }
    return plain;
  }

  /**
   * The text of tokens.
   *
   * @param special whether special tokens are written; else they are left out
   */
  public String decode(int[] ids, boolean special) {
    return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), !special);
  }

  /** The id of a special or otherwise added token, −1 if there is none of that text. */
  public int specialId(String text) {
    return checked.addedTokens().getOrDefault(text, -1);
  }

  /** The text of a special or otherwise added token, null if the id is not one's. */
  public String specialText(int id) {
    return textOf.get(id);
  }

  /**
   * The texts of the tokens that control the model; they are read as these tokens unless {@link
   * #plainContinuation} reads them.
   */
  public List<String> specialTexts() {
    return checked.specialTexts();
  }

  private int[] ints(long[] values) {
    int[] ids = new int[values.length];
    for (int i = 0; i < ids.length; i++) {
      if (values[i] < 0 || values[i] >= vocabulary) {
        throw new IllegalArgumentException(
            source
                + " gives a text token "
                + values[i]
                + ", the model has "
                + vocabulary
                + " embeddings; take tokenizer.json and weights of one and the same model");
      }
      ids[i] = (int) values[i];
    }
    return ids;
  }

  @Override
  public synchronized void close() {
    if (plain != null) {
      plain.close();
    }
    tokenizer.close();
  }
}
