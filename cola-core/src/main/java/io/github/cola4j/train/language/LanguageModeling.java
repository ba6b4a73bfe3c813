package io.github.cola4j.train.language;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.train.TrainingConfig;
import java.util.List;

/**
 * Learns to answer as dialogues do (supervised fine-tuning): adapters on a decoder, cross-entropy
 * of the answers' tokens.
 *
 * @param prompt how a dialogue is written
 */
public record LanguageModeling(PromptConfig prompt) implements DecoderObjective<Dialogue> {

  @Override
  public boolean divides() {
    return prompt.template().equals(PromptTemplates.MODEL);
  }

  @Override
  public List<Dialogue> parts(FrozenModel base, int maxLength, Dialogue dialogue) {
    return divides()
        ? BaseModel.of(base).dialogues(prompt, maxLength).parts(dialogue)
        : List.of(dialogue);
  }

  @Override
  public Encoded encode(FrozenModel base, int maxLength, Dialogue dialogue) {
    return BaseModel.of(base).dialogues(prompt, maxLength).encode(dialogue);
  }

  @Override
  public TaskModel model(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    return languageModel(base, modules, initial, training);
  }

  /** A model that learns the tokens with a label. */
  static LanguageModel languageModel(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    DecoderObjective.requireNoLabels(training);
    return new LanguageModel(
        BaseModel.of(base).decoder(),
        modules,
        initial,
        training.recompute(),
        training.regularization());
  }
}
