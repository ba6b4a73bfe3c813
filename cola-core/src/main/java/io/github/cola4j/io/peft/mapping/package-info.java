/**
 * Mappings to HF PEFT of methods whose change of the weight is of high rank: SHiRA, HiRA.
 *
 * <p>Each is a {@link io.github.cola4j.io.peft.PeftMapping} that {@link java.util.ServiceLoader}
 * finds, with nothing of {@code io.peft} but what a jar of its own could use. None is written as a
 * LoRA, since no LoRA computes the same.
 */
package io.github.cola4j.io.peft.mapping;
