package io.github.cola4j.train.language;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Preference;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.DialogueEncoder;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.preference.PreferenceConfig;
import io.github.cola4j.model.preference.PreferenceModel;
import io.github.cola4j.train.TrainingConfig;
import java.util.List;

/**
 * Learns which of two answers is preferred (DPO): adapters on a decoder, whose frozen weights alone
 * are the reference. A pair is one sample, so that no batch or shard parts it.
 *
 * @param prompt how a dialogue is written; prompts are never learnt
 * @param preference the loss
 */
public record PreferenceOptimization(PromptConfig prompt, PreferenceConfig preference)
    implements DecoderObjective<Preference> {
  /** Why a pair is dropped of which an answer cannot be learnt by itself. */
  static final String DIVIDED =
      "the prompt template writes an earlier answer otherwise once others follow, and a preference"
          + " is of one answer";

  /** Two answers, cut at {@code maxLength} each. */
  @Override
  public Encoded encode(FrozenModel base, int maxLength, Preference pair) {
    DialogueEncoder encoder =
        BaseModel.of(base).dialogues(prompt.withTrainOnPrompt(false), maxLength);
    Encoded chosen = encode(encoder, pair.chosen());
    if (chosen.sample() == null) {
      return chosen;
    }
    Encoded rejected = encode(encoder, pair.rejected());
    if (rejected.sample() == null) {
      return rejected;
    }
    return Encoded.of(
        Sample.preference(chosen.sample(), rejected.sample()),
        chosen.truncated() || rejected.truncated());
  }

  private static Encoded encode(DialogueEncoder encoder, Dialogue dialogue) {
    List<Dialogue> parts = encoder.parts(dialogue);
    return parts.size() == 1 ? encoder.encode(parts.get(0)) : Encoded.dropped(DIVIDED);
  }

  @Override
  public TaskModel model(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    DecoderObjective.requireNoLabels(training);
    if (training.regularization() != null) {
      throw new IllegalArgumentException(
          "training.regularization is not for preferences, which hold the model to the frozen one"
              + " by preference.beta; leave it out");
    }
    return new PreferenceModel(
        BaseModel.of(base).decoder(), modules, initial, training.recompute(), preference);
  }
}
