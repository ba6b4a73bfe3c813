package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * cos over sin of a rotary embedding's angles, times its factor, computed once for each position
 * that occurs. Shared by all threads.
 */
public final class RotaryAngles {
  private final RotaryEmbedding embedding;
  private volatile float[] ordinary = {}; // [r × positions]
  private volatile float[] extended = {}; // those of long sequences

  /** None is computed yet. */
  public RotaryAngles(RotaryEmbedding embedding) {
    this.embedding = embedding;
  }

  /** Those of each embedding; the same for the same. */
  public static List<RotaryAngles> of(List<RotaryEmbedding> embeddings) {
    Map<RotaryEmbedding, RotaryAngles> all = new IdentityHashMap<>();
    return embeddings.stream()
        .map(embedding -> all.computeIfAbsent(embedding, RotaryAngles::new))
        .toList();
  }

  /**
   * The angles of every position [r × positions], in the pass's working memory.
   *
   * @param lengths of the sequence of each position, in tokens
   */
  public Matrix of(Pass pass, int[] positions, int[] lengths) {
    int rows = 2 * embedding.frequencies().length;
    float[] elements = new float[Math.multiplyExact(rows, positions.length)];
    int most = Arrays.stream(positions).max().orElse(-1);
    float[] plain = upTo(most, rows, false);
    float[] stretched = plain;
    if (embedding.extended() != null) {
      stretched = upTo(most, rows, true);
    }
    for (int t = 0; t < positions.length; t++) {
      float[] table = embedding.isLong(lengths[t]) ? stretched : plain;
      System.arraycopy(table, positions[t] * rows, elements, t * rows, rows);
    }
    Matrix angles = pass.matrix(rows, positions.length);
    angles.set(elements);
    return angles;
  }

  private float[] upTo(int position, int rows, boolean isLong) {
    float[] table = isLong ? extended : ordinary;
    if (table.length < (position + 1L) * rows) {
      synchronized (this) {
        table = grown(isLong ? extended : ordinary, position, rows, isLong);
        if (isLong) {
          extended = table;
        } else {
          ordinary = table;
        }
      }
    }
    return table;
  }

  /** A table of half as many positions again as are needed, so that it seldom grows. */
  private float[] grown(float[] table, int position, int rows, boolean isLong) {
    int known = rows == 0 ? 0 : table.length / rows;
    if (position < known) {
      return table;
    }
    int positions = Math.max(position + 1, known + known / 2);
    float[] longer = Arrays.copyOf(table, Math.multiplyExact(rows, positions));
    for (int p = known; p < positions; p++) {
      embedding.angles(p, isLong, longer, p * rows);
    }
    return longer;
  }
}
