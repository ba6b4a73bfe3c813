package io.github.cola4j.train.language;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Document;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.tokenizer.DocumentTokens;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Learns to continue texts (continued pre-training): adapters on a decoder, cross-entropy of every
 * token but a text's first, which nothing comes before.
 *
 * <p>A text's tokens are those of its tokenizer, with what that puts around a text (commonly one
 * BOS), and the model's end-of-sequence token at the end if it has one. A text of more than {@code
 * maxLength} tokens is cut into pieces, each of which begins with the last token of the one before:
 * so every token is predicted once, and none is lost.
 *
 * @param prompt how dialogues are written where the adapter answers some; texts are learnt as they
 *     are
 */
public record TextModeling(PromptConfig prompt) implements DecoderObjective<Document> {
  /** Why a text is dropped that has one token or none. */
  static final String NOTHING_FOLLOWS = "the text has no token that follows on another";

  /** Why a text is dropped that the tokenizer refuses; its reason follows. */
  private static final String UNREADABLE = "the tokenizer cannot read it: ";

  @Override
  public boolean divides() {
    return true;
  }

  /** The pieces of a text; one that the tokenizer refuses stays whole, and is dropped. */
  @Override
  public List<Document> parts(FrozenModel base, int maxLength, Document document) {
    if (document.isPiece()) {
      return List.of(document);
    }
    BaseModel model = BaseModel.of(base);
    int limit = DecoderObjective.limit(maxLength, model.decoder().config().maxPositions());
    int[] ids;
    try {
      ids = tokens(model, document.text());
    } catch (IllegalArgumentException e) {
      return List.of(document); // encoding it reports what is wrong
    }
    List<Document> pieces = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(ids.length, from + limit);
      pieces.add(Document.piece(Arrays.copyOfRange(ids, from, to)));
      from = to - 1;
    } while (from + 1 < ids.length);
    return pieces;
  }

  private static int[] tokens(BaseModel model, String text) {
    return DocumentTokens.of(model.textTokenizer(), text, model.specialTokens().eos());
  }

  /** Tokens, each with the next one as its label. */
  @Override
  public Encoded encode(FrozenModel base, int maxLength, Document piece) {
    if (!piece.isPiece()) {
      try {
        tokens(BaseModel.of(base), piece.text());
      } catch (IllegalArgumentException e) {
        return Encoded.dropped(UNREADABLE + e.getMessage());
      }
      throw new IllegalArgumentException("expected a piece of a text; divide it by parts() first");
    }
    int[] ids = piece.ids();
    if (ids.length < 2) {
      return Encoded.dropped(NOTHING_FOLLOWS);
    }
    int[] labels = new int[ids.length];
    System.arraycopy(ids, 1, labels, 0, ids.length - 1);
    labels[ids.length - 1] = Sample.IGNORED;
    return Encoded.of(new Sample(ids, new int[ids.length], labels), false);
  }

  @Override
  public TaskModel model(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    return LanguageModeling.languageModel(base, modules, initial, training);
  }
}
