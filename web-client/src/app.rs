//! The loop: an input is taken in, its effects are carried out, and what has changed is shown.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

use client_core::{
    effect::{Effect, Timer},
    input::Input,
    state::State,
    update::update,
    view::view,
};
use gloo::{
    events::EventListener,
    render::{AnimationFrame, request_animation_frame},
    timers::callback::Timeout,
};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::{
    browser, clock,
    dom::{Dispatch, window},
    http,
    page::Screen,
    socket::Socket,
    storage,
};

/// How long a picture may wait where the browser paints none, in milliseconds: in a tab that is out of view.
const UNPAINTED_MS: u32 = 200;

/// The running client.
pub struct App {
    itself: Weak<App>,
    state: RefCell<State>,
    screen: RefCell<Screen>,
    socket: RefCell<Option<Socket>>,
    /// Few at a time, so that each is looked for.
    timers: RefCell<Vec<(Timer, Timeout)>>,
    waiting: RefCell<VecDeque<Input>>,
    running: Cell<bool>,
    picture: RefCell<Option<(AnimationFrame, Timeout)>>,
    listeners: RefCell<Vec<EventListener>>,
}

thread_local! {
    /// Kept for the page's whole life.
    static APP: RefCell<Option<Rc<App>>> = const { RefCell::new(None) };
}

impl App {
    /// Starts the client in this page.
    pub fn start() {
        let app = Rc::new_cyclic(|itself: &Weak<App>| {
            let dispatch = dispatch_to(itself);
            App {
                itself: itself.clone(),
                state: RefCell::new(State::new(clock::offset_at)),
                screen: RefCell::new(Screen::new(&dispatch)),
                socket: RefCell::new(None),
                timers: RefCell::default(),
                waiting: RefCell::default(),
                running: Cell::new(false),
                picture: RefCell::new(None),
                listeners: RefCell::default(),
            }
        });
        *app.listeners.borrow_mut() = browser::listen(&app.dispatch());
        APP.with(|slot| *slot.borrow_mut() = Some(app.clone()));
        app.take(Input::Started {
            path: browser::path(),
            query: browser::query(),
            stored: storage::rows(),
            visible: browser::is_visible(),
        });
    }

    fn dispatch(&self) -> Dispatch {
        dispatch_to(&self.itself)
    }

    /// Takes an input in, after those that are being taken in.
    fn take(&self, input: Input) {
        self.waiting.borrow_mut().push_back(input);
        self.alone(|_| {});
    }

    /// Does something and takes in what came of it, unless that is what is being done: showing a view makes inputs, too.
    fn alone(&self, act: impl FnOnce(&Self)) {
        if self.running.replace(true) {
            return;
        }
        act(self);
        loop {
            let next = self.waiting.borrow_mut().pop_front();
            let Some(input) = next else { break };
            self.run(input);
        }
        self.running.set(false);
    }

    fn run(&self, input: Input) {
        let may_wait = matches!(input, Input::Frame(..));
        let effects = update(&mut self.state.borrow_mut(), input, &clock::moment());
        let (last, first): (Vec<Effect>, Vec<Effect>) =
            effects.into_iter().partition(concerns_the_screen);
        for effect in first {
            self.carry_out(effect);
        }
        if may_wait && last.is_empty() {
            self.show_soon();
        } else {
            self.show();
        }
        for effect in last {
            self.carry_out(effect);
        }
    }

    /// Shows everything that came in since the last picture with the next one.
    fn show_soon(&self) {
        if self.picture.borrow().is_some() {
            return;
        }
        let (painted, unpainted) = (self.itself.clone(), self.itself.clone());
        let show = |app: &Weak<App>| {
            if let Some(app) = app.upgrade() {
                app.alone(Self::show);
            }
        };
        *self.picture.borrow_mut() = Some((
            request_animation_frame(move |_| show(&painted)),
            Timeout::new(UNPAINTED_MS, move || show(&unpainted)),
        ));
    }

    fn show(&self) {
        self.picture.borrow_mut().take();
        let view = view(&self.state.borrow());
        self.screen.borrow_mut().show(view);
    }

    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::Http(request) => http::call(request, self.dispatch()),
            Effect::Dial { dial, url } => {
                self.socket.take();
                let socket = Socket::open(dial, &url, &self.dispatch());
                if socket.is_none() {
                    self.dispatch().input(Input::Closed {
                        dial,
                        code: 1006,
                        reason: String::new(),
                    });
                }
                self.socket.replace(socket);
            }
            Effect::HangUp => drop(self.socket.take()),
            Effect::Frame(frame) => {
                if let Some(socket) = &*self.socket.borrow() {
                    socket.send(&frame);
                }
            }
            Effect::Store { key, value } => storage::store(&key, &value),
            Effect::Forget { key } => storage::forget(&key),
            Effect::Wake { timer, after_ms } => self.wake(timer, after_ms),
            Effect::Cancel(timer) => self.forget(&timer),
            Effect::Navigate { url, replace } => browser::navigate(&url, replace),
            Effect::Theme(theme) => browser::show_theme(theme),
            Effect::CopyPath(path) => copy(browser::origin() + &path, self.dispatch()),
            Effect::Copy(text) => copy(text, self.dispatch()),
            effect => self.screen.borrow().carry_out(&effect),
        }
    }

    fn wake(&self, timer: Timer, after_ms: u64) {
        let (app, rings) = (self.itself.clone(), timer.clone());
        let after_ms = u32::try_from(after_ms)
            .unwrap_or(u32::MAX)
            .min(i32::MAX.unsigned_abs());
        let timeout = Timeout::new(after_ms, move || {
            if let Some(app) = app.upgrade() {
                app.forget(&rings);
                app.take(Input::Rang(rings));
            }
        });
        self.forget(&timer);
        self.timers.borrow_mut().push((timer, timeout));
    }

    /// A timer that has not rung does not ring any more.
    fn forget(&self, timer: &Timer) {
        self.timers.borrow_mut().retain(|(kept, _)| kept != timer);
    }
}

fn dispatch_to(app: &Weak<App>) -> Dispatch {
    let app = app.clone();
    Dispatch(Rc::new(move |input| {
        if let Some(app) = app.upgrade() {
            app.take(input);
        }
    }))
}

/// What is done to the screen has to wait until it shows what it is done to.
fn concerns_the_screen(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::FocusComposer
            | Effect::ScrollToLatest
            | Effect::ScrollToMessage(_)
            | Effect::FocusMessage(_)
            | Effect::InThread(_)
    )
}

fn copy(text: String, dispatch: Dispatch) {
    spawn_local(async move {
        let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into())
            .is_ok_and(|clipboard| clipboard.is_object());
        let copied = clipboard
            && JsFuture::from(window().navigator().clipboard().write_text(&text))
                .await
                .is_ok();
        dispatch.input(Input::Copied(copied));
    });
}
