//! The end of each input: dials, frames up, frames to browsers, the next timer.

use super::{
    Gateway, Output, Server,
    link::{Link, State},
};

impl Gateway {
    pub(super) fn settle(&mut self, now_ms: u64) {
        self.retry_subscriptions(now_ms);
        self.close_stalled(now_ms);
        self.look_for_silent(now_ms);
        self.forget_absent(now_ms);
        self.expire_watches(now_ms);
        self.settle_people(now_ms);
        self.sleep_if_idle(now_ms);
        self.settle_links(now_ms);
        self.flush_if_due(now_ms);
        self.keep_if_asleep();
        self.ask_for_timer();
    }

    fn settle_links(&mut self, now_ms: u64) {
        let waiting: usize = self.links.values().map(Link::waiting).sum();
        let is_due = self.link_pace.is_due(waiting, now_ms);
        let wants = |link: &Link| (is_due && link.has_frame()) || link.wants_a_look(now_ms);
        let links = self.links.iter().filter(|(_, link)| wants(link));
        let servers: Vec<Server> = links.map(|(server, _)| *server).collect();
        let mut frames = 0;
        for server in servers {
            frames += self.settle_link(server, is_due, now_ms);
        }
        if frames > 0 {
            self.link_pace.flushed(frames, waiting, now_ms);
        }
    }

    /// Gives how many frames it sends up, which it does where that is due.
    fn settle_link(&mut self, server: Server, is_due: bool, now_ms: u64) -> usize {
        let Some(link) = self.links.get_mut(&server) else {
            return 0;
        };
        let expired = link.expire(now_ms);
        let silent = link.is_silent(now_ms).then_some(link.generation);
        if let Some(generation) = silent {
            self.drop_link(server, generation, now_ms);
        }
        self.expired(server, expired, now_ms);
        let Some(link) = self.links.get_mut(&server) else {
            return 0;
        };
        if !link.requests.is_empty() {
            link.stir(now_ms);
        }
        if let State::Waiting { at_ms } = link.state
            && at_ms <= now_ms
            && link.is_needed()
        {
            // At least the clock, so that it also rises from one life of the gateway to the next.
            let generation = now_ms.max(self.last_generation + 1);
            self.last_generation = generation;
            link.dialled(generation);
            if std::mem::take(&mut self.is_kept) {
                self.outputs.push(Output::Spoil);
            }
            self.outputs.push(Output::Dial { server, generation });
        }
        let generation = link.generation;
        let mut frames = 0;
        while is_due && let Some(bytes) = link.frame(now_ms) {
            frames += 1;
            self.outputs.push(Output::LinkSend {
                server,
                generation,
                bytes,
            });
        }
        if !link.is_needed() && link.is_drained() {
            if link.is_up() {
                self.outputs.push(Output::CloseLink { server, generation });
            }
            self.links.remove(&server);
        }
        frames
    }

    fn flush_if_due(&mut self, now_ms: u64) {
        // What is written down is whole only if nothing of it is still to be sent.
        let is_due = self.is_kept || self.pace.is_due(self.batch.pushes(), now_ms);
        if !self.batch.is_empty() && (is_due || !self.closes.is_empty()) {
            let lines = self.batch.pushes();
            let frames = self.batch.take();
            let sockets = frames.iter().map(|frame| frame.targets.len()).sum();
            self.pace.flushed(sockets, lines, now_ms);
            self.send_frames(frames, now_ms);
        }
        self.outputs.append(&mut self.closes);
    }

    /// Asks for a timer where none would come in time. One that comes too early does no harm, and under load a timer is asked
    /// for much less often than its reason changes.
    fn ask_for_timer(&mut self) {
        let lines = self.batch.pushes();
        let flush_ms = (!self.batch.is_empty()).then(|| self.pace.due_ms(lines));
        let retry_ms = self.retries.first().map(|(at_ms, ..)| *at_ms);
        let links_ms = self.links.values().filter_map(Link::due_ms).min();
        let stall_ms = self.stalls.first().map(|(at_ms, _)| *at_ms);
        let records: usize = self.links.values().map(Link::waiting).sum();
        let link_frame_ms = (records > 0).then(|| self.link_pace.due_ms(records));
        let absent_ms = self.absent.first().map(|(at_ms, _)| *at_ms);
        let next_ms = [
            flush_ms,
            retry_ms,
            links_ms,
            stall_ms,
            absent_ms,
            link_frame_ms,
            self.pace.measure_ms(),
            self.link_pace.measure_ms(),
            self.sleep_ms(),
            self.people.due_ms(),
            self.watching.due_ms(),
        ]
        .into_iter()
        .flatten()
        .min();
        let is_late = match (next_ms, self.wake_at_ms) {
            (Some(next_ms), Some(wake_at_ms)) => next_ms < wake_at_ms,
            // A timer that is not needed would keep the object from sleeping.
            (Some(_), None) | (None, Some(_)) => true,
            (None, None) => false,
        };
        if is_late {
            self.wake_at_ms = next_ms;
            self.outputs.push(Output::WakeAt { at_ms: next_ms });
        }
    }
}
