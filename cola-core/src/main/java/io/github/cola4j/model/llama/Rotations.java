package io.github.cola4j.model.llama;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.RotaryAngles;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tokens of one pass as each block needs them: blocks of the same rotation share their angles.
 *
 * @param rotary of each block
 * @param positions of the tokens in their sequences [T]
 * @param lengths of each token's sequence [T]
 */
record Rotations(List<RotaryAngles> rotary, int[] positions, int[] lengths) {

  /** What each block computes: all tokens in all blocks but the last, some of them in that. */
  List<LlamaLayer.Tokens> tokens(
      Pass pass, AttentionSpans spans, AttentionSpans some, int[] chosen) {
    Map<RotaryAngles, LlamaLayer.Tokens> all = new IdentityHashMap<>();
    for (RotaryAngles rotation : rotary) {
      all.computeIfAbsent(
          rotation,
          key -> {
            Matrix angles = key.of(pass, positions, lengths);
            return new LlamaLayer.Tokens(spans, angles, null, angles);
          });
    }
    LlamaLayer.Tokens[] tokens = rotary.stream().map(all::get).toArray(LlamaLayer.Tokens[]::new);
    int last = tokens.length - 1;
    Matrix angles = tokens[last].angles();
    Matrix theirs = pass.matrix(angles.rows(), chosen.length);
    pass.kernels().gather(angles, chosen, false, theirs);
    tokens[last] = new LlamaLayer.Tokens(some, angles, chosen, theirs);
    return List.of(tokens);
  }
}
