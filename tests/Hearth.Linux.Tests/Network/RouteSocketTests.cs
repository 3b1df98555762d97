using System.Buffers.Binary;
using Hearth.Linux.Network;

namespace Hearth.Linux.Tests.Network;

public sealed class RouteSocketTests
{
    private const ushort Done = 3;
    private const ushort Multi = 0x2;
    private const ushort Interrupted = 0x10;

    [Theory]
    [InlineData(Multi, Multi, false)]
    [InlineData(Multi | Interrupted, Multi, true)]
    [InlineData(Multi, Multi | Interrupted, true)]
    public void A_list_that_changed_meanwhile_is_known_by_any_of_its_messages(int first, int last, bool expected)
    {
        byte[] answer = [.. Message(16, (ushort)first, 7, [1, 2, 3, 4]), .. Message(16, Interrupted, 6, [9]), .. Message(Done, (ushort)last, 7, [0, 0, 0, 0])];
        bool isInterrupted = false;
        int read = 0;
        Assert.True(RouteSocket.ReadMessages(answer, 7, (_, payload) => read += payload.Length, errno => Assert.Equal(Errno.None, errno), ref isInterrupted));
        Assert.Equal((expected, 4), (isInterrupted, read));
    }

    /// <summary>Lists take several messages, so others' changes come between them.</summary>
    [Fact]
    public void Interfaces_that_exist_all_the_time_are_always_listed() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        for (int number = 0; number < 60; number++)
        {
            Links.CreatePair(socket, $"stay{number}", $"rest{number}");
        }

        using NetworkNamespace own = NetworkNamespace.OpenOwn();
        using CancellationTokenSource stop = new();
        Task changing = Task.Run(() => own.Run(() =>
        {
            using RouteSocket other = RouteSocket.Open();
            while (!stop.IsCancellationRequested)
            {
                Links.CreatePair(other, "come", "go");
                Links.Delete(other, Links.Find(other, "come")!.Index);
            }
        }), CancellationToken.None);
        try
        {
            for (int round = 0; round < 200; round++)
            {
                Assert.Equal(60, Links.List(socket).Count(link => link.Name.StartsWith("stay", StringComparison.Ordinal)));
            }
        }
        finally
        {
            stop.Cancel();
            changing.GetAwaiter().GetResult();
        }
    });

    private static byte[] Message(ushort type, ushort flags, uint sequence, byte[] payload)
    {
        byte[] message = new byte[(16 + payload.Length + 3) & -4];
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)(16 + payload.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), sequence);
        payload.CopyTo(message, 16);
        return message;
    }
}
