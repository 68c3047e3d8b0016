using ActorBalancer.Api.Proxying.Tunnels;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Tunnels;

/// <summary>The borders of frames, however the bytes are cut.</summary>
public sealed class FrameFollowerTests
{
    private static readonly int[] Lengths = [0, 1, 5, 125, 126, 127, 300, 65535, 65536, 70000];

    private static readonly byte[][] BadHeads =
    [
        Frames.Head(Frames.Text, 5, isMasked: false),
        Frames.Head(3, 5, isMasked: true),
        Frames.Head(7, 0, isMasked: true),
        Frames.Head(0xB, 0, isMasked: true),
        Frames.Head(0xF, 0, isMasked: true),
        Frames.Head(Frames.Ping, 126, isMasked: true),
        Frames.Head(Frames.Close, 1, isMasked: true, isFinal: false),
        Frames.Head(Frames.Continuation, 1, isMasked: true),
        Frames.Head(Frames.Text, 125, isMasked: true, form: 126),
        Frames.Head(Frames.Text, 65535, isMasked: true, form: 127),
        Frames.Head(Frames.Text, -1, isMasked: true, form: 127),
        Frames.Head(Frames.Text, long.MinValue, isMasked: true, form: 127),
    ];

    [Fact]
    public void Scan_AnyCutOfTheBytes_GivesTheSameBorders()
    {
        var conversations = from isClient in Gen.Elements(true, false)
                            from frames in Messages(isClient)
                            from cuts in Gen.Choose(1, 40).ListOf()
                            select (isClient, frames, cuts);

        Prop.ForAll(conversations.ToArbitrary(), one =>
        {
            var bytes = one.frames.SelectMany(static frame => frame).ToArray();
            HashSet<int> borders = [0];
            foreach (var frame in one.frames)
                borders.Add(borders.Max() + frame.Length);
            var follower = new FrameFollower(one.isClient, 0);

            var passed = Feed(follower, bytes, one.cuts, (position, isAtBorder) =>
                isAtBorder.ShouldBe(borders.Contains(position), $"at {position}"), out var fault);

            fault.ShouldBe(FrameFault.None);
            passed.ShouldBe(bytes.Length);
            follower.HasClosed.ShouldBeFalse();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true));
    }

    [Fact]
    public void Scan_BadHeadOfAClient_LetsThroughWhatCameBeforeItInAnyCut()
    {
        var conversations = from frames in Messages(isClient: true)
                            from bad in Gen.Elements(BadHeads)
                            from cuts in Gen.Choose(1, 40).ListOf()
                            select (frames, bad, cuts);

        Prop.ForAll(conversations.ToArbitrary(), one =>
        {
            var sound = one.frames.SelectMany(static frame => frame).ToArray();
            var follower = new FrameFollower(true, 0);

            var passed = Feed(follower, [.. sound, .. one.bad, 1, 2, 3], one.cuts, null, out var fault);

            fault.ShouldBe(FrameFault.Broken);
            passed.ShouldBe(sound.Length);
            follower.IsAtBorder.ShouldBeTrue();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true));
    }

    [Fact]
    public void Scan_NewMessageWithinAMessage_IsBroken()
    {
        var follower = new FrameFollower(true, 0);
        byte[] first = Frames.Make(Frames.Text, [1], true, isFinal: false);

        follower.Scan([.. first, .. Frames.Make(Frames.Text, [2], true)], out var fault).ShouldBe(first.Length);

        fault.ShouldBe(FrameFault.Broken);
    }

    [Fact]
    public void Scan_BackendsImpossibleLength_IsBroken()
    {
        var follower = new FrameFollower(false, 0);

        follower.Scan(Frames.Head(Frames.Binary, -1, false, form: 127), out var fault).ShouldBe(0);

        fault.ShouldBe(FrameFault.Broken);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(101, true)]
    [InlineData(long.MaxValue, true)]
    public void Scan_MessageOfOneFrame_IsHeldAgainstTheLimit(long length, bool isTooBig)
    {
        var follower = new FrameFollower(true, 100);

        follower.Scan(Frames.Head(Frames.Binary, length, true), out var fault);

        fault.ShouldBe(isTooBig ? FrameFault.TooBig : FrameFault.None);
    }

    [Fact]
    public void Scan_FragmentsBeyondTheLimit_AreTooBigAndPingsDoNotCount()
    {
        var follower = new FrameFollower(true, 100);
        byte[] whole = Frames.Make(Frames.Binary, new byte[100], true);
        byte[] first = Frames.Make(Frames.Binary, new byte[60], true, isFinal: false);
        byte[] ping = Frames.Make(Frames.Ping, new byte[100], true);
        byte[] more = Frames.Make(Frames.Continuation, new byte[40], true, isFinal: false);
        byte[] last = Frames.Make(Frames.Continuation, new byte[1], true);
        byte[] sound = [.. whole, .. first, .. ping, .. more];

        follower.Scan([.. sound, .. last], out var fault).ShouldBe(sound.Length);

        fault.ShouldBe(FrameFault.TooBig);
        follower.IsAtBorder.ShouldBeTrue();
    }

    [Fact]
    public void HasClosed_CloseFrame_IsSetByItsHead()
    {
        var follower = new FrameFollower(true, 0);

        follower.Scan(Frames.CloseOf(1000, true).AsSpan(..7), out _).ShouldBe(7);

        follower.HasClosed.ShouldBeTrue();
        follower.IsAtBorder.ShouldBeFalse();
    }

    /// <summary>Feeds the bytes in pieces as a tunnel does: what was not let through comes again.</summary>
    private static int Feed(
        FrameFollower follower, byte[] bytes, List<int> cuts, Action<int, bool>? check, out FrameFault fault)
    {
        var passed = 0;
        var read = 0;
        fault = FrameFault.None;
        for (var turn = 0; read < bytes.Length && fault == FrameFault.None; turn++)
        {
            // The pieces grow, or a case would take as many steps as it has bytes.
            var size = (cuts.Count == 0 ? bytes.Length : cuts[turn % cuts.Count]) * (1 + turn / 50);
            read = Math.Min(bytes.Length, read + size);
            passed += follower.Scan(bytes.AsSpan(passed..read), out fault);
            (read - passed).ShouldBeLessThan(fault == FrameFault.None ? FrameFollower.HeadMax : int.MaxValue);
            check?.Invoke(passed, follower.IsAtBorder);
        }

        return passed;
    }

    /// <summary>Whole messages, some in fragments with a ping between.</summary>
    private static Gen<List<byte[]>> Messages(bool isClient)
    {
        var message = from opcode in Gen.Elements(Frames.Text, Frames.Binary)
                      from length in Gen.Elements(Lengths)
                      from parts in Gen.Choose(1, 3)
                      select Message(opcode, length, parts, isClient);
        return from count in Gen.Choose(0, 5)
               from messages in message.ListOf(count)
               select messages.SelectMany(static one => one).ToList();
    }

    private static IEnumerable<byte[]> Message(int opcode, int length, int parts, bool isClient)
    {
        if (parts == 1)
            return [Frames.Make(opcode, new byte[length], isClient)];
        return
        [
            Frames.Make(opcode, new byte[length], isClient, isFinal: false),
            Frames.Make(Frames.Ping, new byte[length % 126], isClient),
            Frames.Make(Frames.Continuation, new byte[parts], isClient),
        ];
    }
}
