/**
 * Mappings to HF PEFT of methods beside LoRA, DoRA, IA³ and MiSS: SHiRA, HiRA, VeRA, GraLoRA, Bat,
 * C³A, OFT.
 *
 * <p>Each is a {@link io.github.cola4j.io.peft.PeftMapping} that {@link java.util.ServiceLoader}
 * finds, with nothing of {@code io.peft} but what a jar of its own could use. VeRA and GraLoRA are
 * written as a LoRA where PEFT's own form does not fit; of the others, whose change is of high
 * rank, no LoRA computes the same.
 */
package io.github.cola4j.io.peft.mapping;
