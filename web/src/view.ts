// What a screen hands to the shell. `element` is put in the main area; `focus` takes the focus
// when the screen appears (else the heading does); `box` is what the `/` key goes to.

export interface View {
  title: string;
  element: HTMLElement;
  focus?: HTMLElement;
  box?: HTMLElement;
  dispose?(): void;
}
