using Hearth.Containers;
using Hearth.Control;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>The host's side of archives: streams that end, fail or wait at either end.</summary>
public sealed class GuestArchiveTests
{
    private static readonly byte[] archive = [.. Enumerable.Range(0, 600_000).Select(static number => (byte)(number * 7))];

    [Fact]
    public async Task A_path_that_is_not_there_has_no_status()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Task<PathStatus?> looking = guest.Session.StatPathAsync("/nowhere", followsLink: true, CancellationToken.None);
        StatPath request = await guest.HearAsync<StatPath>();
        Assert.Equal(("/nowhere", true), (request.Path, request.FollowsLink));

        await guest.SayAsync(new RequestFailed(RequestFailure.NotFound, "/nowhere: not there") { RequestId = request.RequestId });

        Assert.Null(await looking.InTime());
    }

    [Fact]
    public async Task An_archive_is_written_whole_and_done_when_the_guest_says_so()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Task<IReadOnlyList<string>> writing = guest.Session.WriteArchiveAsync(new CopyInRequest("/srv", "new", new ArchiveOwner(1, 2)), new MemoryStream(archive), CancellationToken.None);
        WriteArchive request = await guest.HearAsync<WriteArchive>();
        Assert.Equal(("/srv", "new", new ArchiveOwner(1, 2)), (request.Directory, request.FirstName, request.Owner));

        using MemoryStream received = new();
        await guest.Channel.AcceptStream(request.Stream).CopyToAsync(received).InTime();
        Assert.Equal(archive, received.ToArray());
        Assert.False(writing.IsCompleted);

        await guest.SayAsync(new RequestDone(["a socket was left out"]) { RequestId = request.RequestId });
        Assert.Equal(["a socket was left out"], await writing.InTime());
    }

    [Fact]
    public async Task An_archive_that_the_guest_refuses_ends_though_its_source_waits()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using WaitingStream source = new();
        Task writing = guest.Session.WriteArchiveAsync(new CopyInRequest("/srv", null, null), source, CancellationToken.None);
        WriteArchive request = await guest.HearAsync<WriteArchive>();

        await guest.SayAsync(new RequestFailed(RequestFailure.Refused, "a/../../b: leads out") { RequestId = request.RequestId });

        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => writing.InTime());
        Assert.Equal("cannot copy into '/srv' of the container: a/../../b: leads out", failure.Message);
    }

    [Fact]
    public async Task An_archive_that_the_guest_gives_up_in_the_middle_fails_with_its_reason()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Task writing = guest.Session.WriteArchiveAsync(new CopyInRequest("/srv", null, null), new MemoryStream(archive), CancellationToken.None);
        WriteArchive request = await guest.HearAsync<WriteArchive>();

        guest.Channel.AcceptStream(request.Stream).Reset("no more");
        await guest.SayAsync(new RequestFailed(RequestFailure.System, "write: no space left") { RequestId = request.RequestId });

        Assert.Contains("no space left", (await Assert.ThrowsAsync<HearthException>(() => writing.InTime())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_fails_gives_the_stream_up_and_comes_out_as_it_is()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using WaitingStream source = new();
        Task writing = guest.Session.WriteArchiveAsync(new CopyInRequest("/srv", null, null), source, CancellationToken.None);
        WriteArchive request = await guest.HearAsync<WriteArchive>();
        GuestDataStream stream = guest.Channel.AcceptStream(request.Stream);

        source.Fail(new IOException("the disk is gone"));

        Assert.Equal("the disk is gone", (await Assert.ThrowsAsync<IOException>(() => writing.InTime())).Message);
        await Assert.ThrowsAsync<GuestProtocolException>(() => stream.ReadAsync(new byte[1]).InTime());
    }

    [Fact]
    public async Task Who_gives_up_writing_gives_up_the_stream()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using WaitingStream source = new();
        using CancellationTokenSource giveUp = new();
        Task writing = guest.Session.WriteArchiveAsync(new CopyInRequest("/srv", null, null), source, giveUp.Token);
        WriteArchive request = await guest.HearAsync<WriteArchive>();
        GuestDataStream stream = guest.Channel.AcceptStream(request.Stream);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.InTime());
        await Assert.ThrowsAsync<GuestProtocolException>(() => stream.ReadAsync(new byte[1]).InTime());
    }

    [Fact]
    public async Task An_archive_is_read_whole()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using MemoryStream received = new();
        Task<IReadOnlyList<string>> reading = guest.Session.ReadArchiveAsync("/srv/app", ".", followsLink: true, received, CancellationToken.None);
        ReadArchive request = await guest.HearAsync<ReadArchive>();
        Assert.Equal(("/srv/app", ".", true), (request.Path, request.FirstName, request.FollowsLink));
        GuestDataStream stream = guest.Channel.AcceptStream(request.Stream);
        await stream.WriteAsync(archive).InTime();
        await stream.CompleteAsync().InTime();
        await guest.SayAsync(new RequestDone([]) { RequestId = request.RequestId });

        Assert.Empty(await reading.InTime());
        Assert.Equal(archive, received.ToArray());
    }

    [Fact]
    public async Task A_reading_that_the_guest_gives_up_fails_with_its_reason()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using MemoryStream received = new();
        Task reading = guest.Session.ReadArchiveAsync("/srv/app", null, followsLink: false, received, CancellationToken.None);
        ReadArchive request = await guest.HearAsync<ReadArchive>();
        GuestDataStream stream = guest.Channel.AcceptStream(request.Stream);
        await stream.WriteAsync(archive.AsMemory(0, 1000)).InTime();

        stream.Reset("given up");
        await guest.SayAsync(new RequestFailed(RequestFailure.System, "/srv/app/x: EIO") { RequestId = request.RequestId });

        Assert.Equal("cannot copy '/srv/app' of the container: /srv/app/x: EIO", (await Assert.ThrowsAsync<HearthException>(() => reading.InTime())).Message);
    }

    [Fact]
    public async Task A_target_that_takes_no_more_gives_the_stream_up_and_its_failure_comes_out()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using WaitingStream target = new();
        target.Fail(new IOException("the disk is full"));
        Task reading = guest.Session.ReadArchiveAsync("/srv/app", null, followsLink: false, target, CancellationToken.None);
        ReadArchive request = await guest.HearAsync<ReadArchive>();
        GuestDataStream stream = guest.Channel.AcceptStream(request.Stream);
        await stream.WriteAsync(archive.AsMemory(0, 1000)).InTime();

        Assert.Equal("the disk is full", (await Assert.ThrowsAsync<IOException>(() => reading.InTime())).Message);
        await Assert.ThrowsAsync<GuestProtocolException>(() => stream.WriteAsync(archive).InTime());
    }

    /// <summary>Reads and writes that wait until they are made to fail, or are given up.</summary>
    private sealed class WaitingStream : Stream
    {
        private readonly TaskCompletionSource failure = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Fail(Exception exception) => failure.SetException(exception);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await failure.Task.WaitAsync(cancellationToken);
            return 0;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(failure.Task.WaitAsync(cancellationToken));

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
